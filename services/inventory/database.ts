import { PrismaClient } from '#generated/prisma/inventory/client.ts'
import type { Database, MakeClient, Transaction } from '#platform/postgres/database.ts'

export type InventoryDatabase = Database<PrismaClient>
export type InventoryTransaction = Transaction<PrismaClient>

export const inventoryClient: MakeClient<PrismaClient> = (made) => new PrismaClient(made)
