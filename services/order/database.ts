import { PrismaClient } from '#generated/prisma/order/client.ts'
import type { Database, MakeClient, Transaction } from '#platform/postgres/database.ts'
import type { Shard, Shards } from '#platform/shards/shards.ts'

export type OrderDatabase = Database<PrismaClient>
export type OrderTransaction = Transaction<PrismaClient>
export type OrderShard = Shard<PrismaClient>
export type OrderShards = Shards<PrismaClient>

export const orderClient: MakeClient<PrismaClient> = (made) => new PrismaClient(made)
