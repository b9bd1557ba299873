import { PrismaClient } from '#generated/prisma/customer/client.ts'
import type { Database, MakeClient, Transaction } from '#platform/postgres/database.ts'
import type { Shards } from '#platform/shards/shards.ts'

export type CustomerDatabase = Database<PrismaClient>
export type CustomerTransaction = Transaction<PrismaClient>
export type CustomerShards = Shards<PrismaClient>

export const customerClient: MakeClient<PrismaClient> = (made) => new PrismaClient(made)
