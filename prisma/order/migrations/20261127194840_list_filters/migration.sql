-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- CreateIndex
CREATE INDEX "order_lines_product_id_idx" ON "order_lines"("product_id");

-- CreateIndex
CREATE INDEX "orders_updated" ON "orders"("updated_at" DESC, "order_id" DESC);

-- By hand: what Prisma cannot say. Few orders are cancelled or have a reference, and an id is typed by its end.
CREATE INDEX "orders_cancelled" ON "orders"("reason", "placed_at" DESC, "order_id" DESC) WHERE "reason" IS NOT NULL;
CREATE INDEX "orders_reference" ON "orders"("reference" text_pattern_ops) WHERE "reference" IS NOT NULL;
CREATE INDEX "orders_id_end" ON "orders"(right("order_id", 8));

-- By hand: when the orders so far changed last.
UPDATE "orders" SET "updated_at" = coalesce(
  (SELECT max("at") FROM "order_history" WHERE "order_history"."order_id" = "orders"."order_id"), "recorded_at");
