-- AlterTable
ALTER TABLE "users" ADD COLUMN     "disabled_at" TIMESTAMPTZ(6);

-- CreateTable
CREATE TABLE "revocations" (
    "user_name" TEXT NOT NULL,
    "revoked_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "revocations_pkey" PRIMARY KEY ("user_name")
);

-- CreateIndex
CREATE INDEX "users_id_idx" ON "users"("id");
