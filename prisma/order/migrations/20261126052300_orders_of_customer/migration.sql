-- A customer's orders are read status by status, each from its own place in the index.
DROP INDEX "orders_of_customer";
CREATE INDEX "orders_of_customer" ON "orders"("customer_id", "status", "placed_at" DESC, "order_id" DESC);
