-- CreateTable
CREATE TABLE "orders" (
    "order_id" TEXT NOT NULL,
    "customer_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "reference" TEXT,
    "status" TEXT NOT NULL,
    "reason" TEXT,
    "currency" TEXT NOT NULL,
    "total" BIGINT,
    "refunded" BIGINT NOT NULL DEFAULT 0,
    "placed_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(6),
    "sequence" INTEGER NOT NULL DEFAULT 0,
    "stuck_step" TEXT,
    "stuck_error" TEXT,
    "stuck_since" TIMESTAMPTZ(6),
    "fingerprint" TEXT NOT NULL,
    "traceparent" TEXT NOT NULL,
    "contact" JSONB,
    "problems" TEXT[],

    CONSTRAINT "orders_pkey" PRIMARY KEY ("order_id")
);

-- CreateTable
CREATE TABLE "order_lines" (
    "order_id" TEXT NOT NULL,
    "line_number" INTEGER NOT NULL,
    "product_id" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "agreed_price" BIGINT,
    "unit_price" BIGINT,

    CONSTRAINT "order_lines_pkey" PRIMARY KEY ("order_id","line_number")
);

-- CreateTable
CREATE TABLE "shipments" (
    "shipment_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "warehouse_id" TEXT NOT NULL,
    "origin" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "lines" JSONB NOT NULL,
    "moved_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "shipments_pkey" PRIMARY KEY ("shipment_id")
);

-- CreateTable
CREATE TABLE "order_history" (
    "order_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "order_history_pkey" PRIMARY KEY ("order_id","sequence")
);

-- CreateTable
CREATE TABLE "returns" (
    "order_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "refunded" BIGINT NOT NULL DEFAULT 0,
    "requested_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "returns_pkey" PRIMARY KEY ("order_id","number")
);

-- CreateTable
CREATE TABLE "return_lines" (
    "order_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "line_number" INTEGER NOT NULL,
    "product_id" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "unit_price" BIGINT NOT NULL,
    "warehouse_id" TEXT NOT NULL,
    "restocked" INTEGER NOT NULL DEFAULT 0,
    "written_off" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "return_lines_pkey" PRIMARY KEY ("order_id","number","line_number")
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
CREATE INDEX "orders_of_customer" ON "orders"("customer_id", "placed_at" DESC, "order_id" DESC);

-- CreateIndex
CREATE INDEX "orders_by_status" ON "orders"("status", "placed_at" DESC, "order_id" DESC);

-- CreateIndex
CREATE INDEX "orders_newest" ON "orders"("placed_at" DESC, "order_id" DESC);

-- CreateIndex
CREATE INDEX "shipments_order_id_idx" ON "shipments"("order_id");

-- CreateIndex
CREATE UNIQUE INDEX "order_history_order_id_key_key" ON "order_history"("order_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_id_key" ON "outbox"("id");

-- AddForeignKey
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("order_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "shipments" ADD CONSTRAINT "shipments_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("order_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "order_history" ADD CONSTRAINT "order_history_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("order_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "returns" ADD CONSTRAINT "returns_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("order_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "return_lines" ADD CONSTRAINT "return_lines_order_id_number_fkey" FOREIGN KEY ("order_id", "number") REFERENCES "returns"("order_id", "number") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- By hand, what Prisma cannot say.

ALTER TABLE "orders"
    ADD CONSTRAINT "orders_source" CHECK (source IN ('web', 'mobile', 'partner')),
    ADD CONSTRAINT "orders_status" CHECK (status IN
        ('pending', 'awaiting_customer', 'reserved', 'paid', 'shipping', 'cancelling', 'completed', 'cancelled')),
    ADD CONSTRAINT "orders_cancelled_for_a_reason" CHECK ((status = 'cancelled') = (reason IS NOT NULL)),
    ADD CONSTRAINT "orders_end" CHECK ((status IN ('completed', 'cancelled')) = (ended_at IS NOT NULL)),
    ADD CONSTRAINT "orders_refunded" CHECK (0 <= refunded AND (total IS NULL OR refunded <= total)),
    ADD CONSTRAINT "orders_stuck" CHECK (num_nulls(stuck_step, stuck_error, stuck_since) IN (0, 3)),
    ADD CONSTRAINT "orders_refused" CHECK ((contact IS NULL) = (cardinality(problems) > 0));

ALTER TABLE "order_lines"
    ADD CONSTRAINT "order_lines_quantity" CHECK (quantity > 0),
    ADD CONSTRAINT "order_lines_prices" CHECK (agreed_price > 0 AND unit_price >= 0);

ALTER TABLE "shipments"
    ADD CONSTRAINT "shipments_status" CHECK (status IN
        ('requested', 'created', 'sent_to_customer', 'delivered', 'lost', 'cancelled')),
    ADD CONSTRAINT "shipments_amount" CHECK (amount >= 0);

ALTER TABLE "returns"
    ADD CONSTRAINT "returns_number" CHECK (number >= 1),
    ADD CONSTRAINT "returns_status" CHECK (status IN
        ('requested', 'accepted', 'refused', 'received', 'refunded', 'expired')),
    ADD CONSTRAINT "returns_refunded" CHECK (0 <= refunded AND refunded <= amount AND (refunded = 0 OR status = 'refunded')),
    ADD CONSTRAINT "returns_end" CHECK ((status IN ('refused', 'refunded', 'expired')) = (ended_at IS NOT NULL));
ALTER TABLE "return_lines"
    ADD CONSTRAINT "return_lines_quantity" CHECK (quantity > 0 AND unit_price >= 0),
    ADD CONSTRAINT "return_lines_arrived" CHECK (restocked >= 0 AND written_off >= 0 AND restocked + written_off <= quantity);

CREATE INDEX orders_stuck_newest ON "orders" (placed_at DESC, order_id DESC) WHERE stuck_step IS NOT NULL;
CREATE INDEX outbox_waiting ON "outbox" (position) WHERE processed_at IS NULL;
