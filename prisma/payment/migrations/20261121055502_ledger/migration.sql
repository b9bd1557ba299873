-- CreateTable
CREATE TABLE "accounts" (
    "account_id" TEXT NOT NULL,
    "customer_id" TEXT,
    "kind" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "balance" BIGINT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "transfers" (
    "transfer_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "order_id" UUID,
    "amount" BIGINT NOT NULL,
    "currency" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "transfers_pkey" PRIMARY KEY ("transfer_id")
);

-- CreateTable
CREATE TABLE "entries" (
    "transfer_id" UUID NOT NULL,
    "account_id" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "position" BIGSERIAL NOT NULL,

    CONSTRAINT "entries_pkey" PRIMARY KEY ("transfer_id","account_id")
);

-- CreateTable
CREATE TABLE "order_payments" (
    "order_id" UUID NOT NULL,
    "customer_id" TEXT,
    "status" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "refunded" BIGINT NOT NULL DEFAULT 0,
    "why" TEXT,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "order_payments_pkey" PRIMARY KEY ("order_id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "position" BIGSERIAL NOT NULL,
    "id" UUID NOT NULL,
    "topic" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "payload" BYTEA NOT NULL,
    "headers" JSONB NOT NULL,
    "occurred_at" TIMESTAMPTZ(6) NOT NULL,
    "processed_at" TIMESTAMPTZ(6),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "inbox" (
    "consumer" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "processed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("consumer","message_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "accounts_customer_id_key" ON "accounts"("customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "transfers_key_key" ON "transfers"("key");

-- CreateIndex
CREATE INDEX "entries_account_id_position_idx" ON "entries"("account_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_id_key" ON "outbox"("id");

-- AddForeignKey
ALTER TABLE "entries" ADD CONSTRAINT "entries_transfer_id_fkey" FOREIGN KEY ("transfer_id") REFERENCES "transfers"("transfer_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "entries" ADD CONSTRAINT "entries_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("account_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- By hand, what Prisma cannot say.

ALTER TABLE "accounts"
    ADD CONSTRAINT "accounts_kind" CHECK (kind IN ('customer', 'house')),
    ADD CONSTRAINT "accounts_of_customers" CHECK (
        (kind = 'customer') = (customer_id IS NOT NULL)
        AND (kind = 'customer') = (balance IS NOT NULL)
        AND (kind = 'house' OR account_id = 'customer:' || customer_id)),
    ADD CONSTRAINT "accounts_never_below_zero" CHECK (balance >= 0);

ALTER TABLE "transfers"
    ADD CONSTRAINT "transfers_kind" CHECK (kind IN ('top_up', 'charge', 'refund')),
    ADD CONSTRAINT "transfers_move_something" CHECK (amount > 0);

ALTER TABLE "order_payments"
    ADD CONSTRAINT "order_payments_status" CHECK (status IN ('charged', 'declined', 'voided')),
    ADD CONSTRAINT "order_payments_why" CHECK ((status = 'declined') = (why IS NOT NULL) AND (why IS NULL OR amount = 0)),
    ADD CONSTRAINT "order_payments_refunded" CHECK (0 <= refunded AND refunded <= amount),
    ADD CONSTRAINT "order_payments_voided" CHECK (status <> 'voided' OR refunded = amount);

CREATE FUNCTION check_transfer_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM entries WHERE transfer_id IN (NEW.transfer_id, OLD.transfer_id)
        GROUP BY transfer_id HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'a transfer does not sum to zero' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER "transfer_sums_to_zero" AFTER INSERT OR UPDATE OR DELETE ON "entries"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_transfer_sums_to_zero();

-- For whoever asks what went back of an order; a charge has its key.
CREATE INDEX transfers_of_refunds ON "transfers" (order_id) WHERE kind = 'refund';

CREATE INDEX outbox_waiting ON "outbox" (position) WHERE processed_at IS NULL;

-- Where a top-up's money comes from, and where a charge's goes.
INSERT INTO "accounts" (account_id, kind, currency) VALUES ('cash', 'house', 'GBP'), ('sales', 'house', 'GBP');
