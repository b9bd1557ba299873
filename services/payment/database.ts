import { PrismaClient } from '#generated/prisma/payment/client.ts'
import {
  type Database,
  type DatabaseOptions,
  openDatabase,
  type Transaction,
} from '#platform/postgres/database.ts'

export type PaymentDatabase = Database<PrismaClient>
export type PaymentTransaction = Transaction<PrismaClient>

export const openPaymentDatabase = (url: string, options: DatabaseOptions = {}) =>
  openDatabase(url, { ...options, client: (made) => new PrismaClient(made) })
