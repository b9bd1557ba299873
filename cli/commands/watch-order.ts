import { setTimeout as sleep } from 'node:timers/promises'
import type { HistoryEntry, OrderDetails } from '#contracts/rest/orders.ts'
import { isAway } from '../session/gateway.ts'
import { colouredStatus, historyRows } from '../text/orders.ts'
import { table } from '../text/table.ts'
import { asJson, clean } from '../text/text.ts'

export type Watch = {
  json: boolean
  /** In ms. */
  every: number
  signal: AbortSignal
  print(text: string): void
  terminal: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

/** A gateway that restarts is waited for, for so many looks. */
const MISSES = 30

/** Prints each change once, until the order has ended. Undefined when interrupted. */
export async function watchOrder(
  find: () => Promise<OrderDetails>,
  watch: Watch,
): Promise<OrderDetails | undefined> {
  const print = watch.json ? jsonPrinter(watch) : textPrinter(watch)
  let last: HistoryEntry | undefined
  for await (const order of looks(find, watch)) {
    const fresh = order.history.filter(({ sequence }) => sequence > (last?.sequence ?? -1))
    if (watch.json) print(order, fresh, last)
    else print(clean(order), clean(fresh), last)
    if (order.endedAt) return order
    last = fresh.at(-1) ?? last
  }
  return undefined
}

type Printer = (order: OrderDetails, fresh: HistoryEntry[], last: HistoryEntry | undefined) => void

const jsonPrinter =
  ({ print }: Watch): Printer =>
  ({ orderId }, fresh) => {
    for (const entry of fresh) print(asJson({ orderId, ...entry }))
  }

function textPrinter({ print }: Watch): Printer {
  let said: string | null = null
  return (order, fresh, last) => {
    if (fresh.length > 0) print(table(historyRows(fresh, last)))
    const { stuck, waitingFor, endedAt } = order
    if (endedAt) return print(`${order.orderId} is ${colouredStatus(order)}`)
    const waiting = stuck
      ? `stuck${stuck.step === null ? '' : ` at ${stuck.step}`}: ${stuck.error}`
      : waitingFor
    if (waiting && waiting !== said) print(`  … ${waiting}`)
    said = waiting
  }
}

/** Looks again and again until interrupted. The first look must succeed. */
export async function* looks<T>(find: () => Promise<T>, { every, signal, stderr }: Watch): AsyncGenerator<T> {
  let misses = Number.POSITIVE_INFINITY
  while (!signal.aborted) {
    try {
      const found = await find()
      misses = 0
      yield found
    } catch (error) {
      if (!isAway(error) || ++misses > MISSES) throw error
      if (misses === 1) stderr.write('order-saga: the gateway is unavailable, trying again\n')
    }
    await sleep(every, undefined, { signal }).catch(() => {})
  }
}
