-- AlterTable
ALTER TABLE "order_history" ADD COLUMN     "amount" BIGINT,
ADD COLUMN     "return_number" INTEGER,
ADD COLUMN     "shipment_id" TEXT,
ADD COLUMN     "transfer_id" TEXT;

-- By hand: which return the entries so far are about; their keys say it.
UPDATE "order_history" SET "return_number" = substring("key" from '^(?:refunded/)?return/(\d+)')::int
WHERE "key" ~ '^(refunded/)?return/\d+';
