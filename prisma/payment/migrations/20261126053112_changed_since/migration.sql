-- By hand, that it summarizes itself: what has changed since a time, in a few kilobytes, for the table only grows.
CREATE INDEX "transfers_created_at_idx" ON "transfers" USING BRIN ("created_at") WITH (autosummarize = on);
