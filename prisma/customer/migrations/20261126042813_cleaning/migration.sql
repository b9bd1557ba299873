-- By hand, what Prisma cannot say: only what was published is ever cleaned away, so only that is in the index.
CREATE INDEX outbox_published ON "outbox" (processed_at) WHERE processed_at IS NOT NULL;
