import { PrismaClient } from '#generated/prisma/payment/client.ts'
import type { Database, MakeClient, Transaction } from '#platform/postgres/database.ts'

export type PaymentDatabase = Database<PrismaClient>
export type PaymentTransaction = Transaction<PrismaClient>

export const paymentClient: MakeClient<PrismaClient> = (made) => new PrismaClient(made)
