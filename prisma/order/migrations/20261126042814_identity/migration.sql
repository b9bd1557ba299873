-- CreateTable
CREATE TABLE "database_identity" (
    "one" BOOLEAN NOT NULL DEFAULT true,
    "service" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "first_bucket" INTEGER NOT NULL,
    "last_bucket" INTEGER NOT NULL,
    "opened_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "database_identity_pkey" PRIMARY KEY ("one")
);

-- By hand, what Prisma cannot say.
ALTER TABLE "database_identity" ADD CONSTRAINT "database_identity_is_one" CHECK (one);
