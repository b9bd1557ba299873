-- By hand: the collation, for a list over several databases merges by id, and all of them, and we, must sort it alike.

-- CreateTable
CREATE TABLE "customers" (
    "customer_id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "phone" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "customers_pkey" PRIMARY KEY ("customer_id")
);

-- CreateTable
CREATE TABLE "addresses" (
    "customer_id" TEXT COLLATE "C" NOT NULL,
    "address_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "line" TEXT NOT NULL,
    "city" TEXT NOT NULL,
    "postcode" TEXT NOT NULL,
    "country" TEXT NOT NULL,
    "latitude" DOUBLE PRECISION NOT NULL,
    "longitude" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "addresses_pkey" PRIMARY KEY ("customer_id","address_id")
);

-- CreateTable
CREATE TABLE "users" (
    "user_name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "users_pkey" PRIMARY KEY ("user_name")
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

-- CreateIndex
CREATE UNIQUE INDEX "outbox_id_key" ON "outbox"("id");

-- AddForeignKey
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("customer_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- By hand, what Prisma cannot say.

ALTER TABLE "addresses"
    ADD CONSTRAINT "addresses_position" CHECK (position >= 0),
    ADD CONSTRAINT "addresses_latitude" CHECK (latitude BETWEEN -90 AND 90),
    ADD CONSTRAINT "addresses_longitude" CHECK (longitude BETWEEN -180 AND 180);

ALTER TABLE "users" ADD CONSTRAINT "users_role" CHECK (role IN ('customer', 'staff'));

CREATE INDEX outbox_waiting ON "outbox" (position) WHERE processed_at IS NULL;
