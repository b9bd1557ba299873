-- AlterTable
ALTER TABLE "order_payments" ADD COLUMN     "sequence" INTEGER NOT NULL DEFAULT 0;

-- By hand: what is on record has had its events.
UPDATE "order_payments" SET "sequence" = 1 + (
    SELECT count(*) FROM "transfers" WHERE "transfers"."order_id" = "order_payments"."order_id" AND "kind" = 'refund'
);
