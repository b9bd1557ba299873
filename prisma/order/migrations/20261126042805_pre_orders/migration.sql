-- CreateTable
CREATE TABLE "pre_orders" (
    "source" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "registered_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pre_orders_pkey" PRIMARY KEY ("source","reference")
);
