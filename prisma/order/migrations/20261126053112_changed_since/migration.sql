-- By hand, that it summarizes itself: what has changed since a time, in a few kilobytes, for the table only grows.
CREATE INDEX "order_history_at_idx" ON "order_history" USING BRIN ("at") WITH (autosummarize = on);
