import { PrismaClient } from '#generated/prisma/inventory/client.ts'
import {
  type Database,
  type DatabaseOptions,
  openDatabase,
  type Transaction,
} from '#platform/postgres/database.ts'

export type InventoryDatabase = Database<PrismaClient>
export type InventoryTransaction = Transaction<PrismaClient>

export const openInventoryDatabase = (url: string, options: DatabaseOptions = {}) =>
  openDatabase(url, { ...options, client: (made) => new PrismaClient(made) })
