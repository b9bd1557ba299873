-- By hand, what Prisma cannot say: only what was published is ever cleaned away, so only that is in the index.
CREATE INDEX outbox_published ON "outbox" (processed_at) WHERE processed_at IS NOT NULL;

-- CreateIndex
CREATE INDEX "inbox_processed_at_idx" ON "inbox"("processed_at");
