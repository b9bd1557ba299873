-- CreateTable
CREATE TABLE "order_keys" (
    "order_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "claimed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "order_keys_pkey" PRIMARY KEY ("order_id","name")
);
