-- CreateIndex
CREATE INDEX "returns_by_status" ON "returns"("status", "requested_at", "order_id", "number");
