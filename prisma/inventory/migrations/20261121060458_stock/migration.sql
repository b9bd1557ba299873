-- CreateTable
CREATE TABLE "products" (
    "product_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "price" BIGINT NOT NULL,
    "currency" TEXT NOT NULL,

    CONSTRAINT "products_pkey" PRIMARY KEY ("product_id")
);

-- CreateTable
CREATE TABLE "warehouses" (
    "warehouse_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "country" TEXT NOT NULL,
    "latitude" DOUBLE PRECISION NOT NULL,
    "longitude" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "warehouses_pkey" PRIMARY KEY ("warehouse_id")
);

-- CreateTable
CREATE TABLE "stock" (
    "product_id" TEXT NOT NULL,
    "warehouse_id" TEXT NOT NULL,
    "received" BIGINT NOT NULL,
    "on_hand" BIGINT NOT NULL,
    "reserved" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "stock_pkey" PRIMARY KEY ("product_id","warehouse_id")
);

-- CreateTable
CREATE TABLE "stock_movements" (
    "movement_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "product_id" TEXT NOT NULL,
    "warehouse_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "change" BIGINT NOT NULL,
    "quantity" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "order_id" TEXT,
    "return_number" INTEGER,
    "line_number" INTEGER,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "stock_movements_pkey" PRIMARY KEY ("movement_id")
);

-- CreateTable
CREATE TABLE "reservations" (
    "order_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "total" BIGINT NOT NULL DEFAULT 0,
    "currency" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "reservations_pkey" PRIMARY KEY ("order_id")
);

-- CreateTable
CREATE TABLE "reserved_lines" (
    "order_id" TEXT NOT NULL,
    "warehouse_id" TEXT NOT NULL,
    "line_number" INTEGER NOT NULL,
    "shipment_id" TEXT NOT NULL,
    "product_id" TEXT NOT NULL,
    "quantity" BIGINT NOT NULL,
    "unit_price" BIGINT NOT NULL,
    "state" TEXT NOT NULL,

    CONSTRAINT "reserved_lines_pkey" PRIMARY KEY ("order_id","warehouse_id","line_number")
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
CREATE UNIQUE INDEX "stock_movements_key_key" ON "stock_movements"("key");

-- CreateIndex
CREATE INDEX "stock_movements_order_id_idx" ON "stock_movements"("order_id");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_id_key" ON "outbox"("id");

-- AddForeignKey
ALTER TABLE "stock" ADD CONSTRAINT "stock_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "products"("product_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "stock" ADD CONSTRAINT "stock_warehouse_id_fkey" FOREIGN KEY ("warehouse_id") REFERENCES "warehouses"("warehouse_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "stock_movements" ADD CONSTRAINT "stock_movements_product_id_warehouse_id_fkey" FOREIGN KEY ("product_id", "warehouse_id") REFERENCES "stock"("product_id", "warehouse_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "stock_movements" ADD CONSTRAINT "stock_movements_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "reservations"("order_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "reserved_lines" ADD CONSTRAINT "reserved_lines_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "reservations"("order_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "reserved_lines" ADD CONSTRAINT "reserved_lines_product_id_warehouse_id_fkey" FOREIGN KEY ("product_id", "warehouse_id") REFERENCES "stock"("product_id", "warehouse_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- By hand, what Prisma cannot say.

ALTER TABLE "products"
    ADD CONSTRAINT "products_cost_something" CHECK (price > 0);

ALTER TABLE "stock"
    ADD CONSTRAINT "stock_is_never_oversold" CHECK (0 <= reserved AND reserved <= on_hand),
    ADD CONSTRAINT "stock_came_in_first" CHECK (on_hand <= received);

ALTER TABLE "stock_movements"
    ADD CONSTRAINT "stock_movements_kind" CHECK (kind IN ('initial', 'adjusted', 'restocked', 'written_off')),
    ADD CONSTRAINT "stock_movements_change" CHECK (quantity > 0 AND CASE kind
        WHEN 'adjusted' THEN abs(change) = quantity
        WHEN 'written_off' THEN change = 0
        ELSE change = quantity END),
    ADD CONSTRAINT "stock_movements_of_orders" CHECK (num_nulls(order_id, return_number, line_number) =
        CASE WHEN kind IN ('restocked', 'written_off') THEN 0 ELSE 3 END);

ALTER TABLE "reservations"
    ADD CONSTRAINT "reservations_status" CHECK (status IN ('refused', 'open', 'released', 'settled')),
    ADD CONSTRAINT "reservations_total" CHECK (total >= 0 AND (status IN ('refused', 'released') OR currency IS NOT NULL));

ALTER TABLE "reserved_lines"
    ADD CONSTRAINT "reserved_lines_state" CHECK (state IN ('reserved', 'released', 'sold', 'lost')),
    ADD CONSTRAINT "reserved_lines_quantity" CHECK (quantity > 0 AND unit_price >= 0);

CREATE INDEX outbox_waiting ON "outbox" (position) WHERE processed_at IS NULL;

-- In the capitals of three countries.
INSERT INTO "warehouses" (warehouse_id, name, country, latitude, longitude) VALUES
    ('london', 'London', 'United Kingdom', 51.5074, -0.1278),
    ('berlin', 'Berlin', 'Germany', 52.52, 13.405),
    ('madrid', 'Madrid', 'Spain', 40.4168, -3.7038);
