-- A row for each step and shipment that fails, in place of one slot per order.
DROP INDEX orders_stuck_newest;
ALTER TABLE "orders" DROP CONSTRAINT "orders_stuck";

-- CreateTable
CREATE TABLE "stuck_steps" (
    "order_id" TEXT NOT NULL,
    "step" TEXT NOT NULL,
    "shipment_id" TEXT NOT NULL,
    "error" TEXT NOT NULL,
    "since" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "stuck_steps_pkey" PRIMARY KEY ("order_id","step","shipment_id")
);

-- AddForeignKey
ALTER TABLE "stuck_steps" ADD CONSTRAINT "stuck_steps_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("order_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

INSERT INTO "stuck_steps" (order_id, step, shipment_id, error, since)
SELECT order_id, stuck_step, '', stuck_error, stuck_since FROM "orders" WHERE stuck_step IS NOT NULL;

-- AlterTable
ALTER TABLE "orders" DROP COLUMN "stuck_error",
DROP COLUMN "stuck_since",
DROP COLUMN "stuck_step",
ADD COLUMN     "asked" JSONB,
ADD COLUMN     "cancelling" JSONB;

-- By hand, what Prisma cannot say.

UPDATE "orders" SET cancelling = (
    SELECT json_build_object('reason', split_part(entry.note, ':', 1), 'by', entry.by, 'note', '')
    FROM "order_history" AS entry WHERE entry.order_id = orders.order_id AND entry.key = 'cancelling')
WHERE status = 'cancelling';
