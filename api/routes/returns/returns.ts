import { z } from 'zod'
import type { Call, Clients } from '#api/clients.ts'
import { actorOf } from '#api/http/auth.ts'
import { fingerprintOf } from '#api/http/fingerprint.ts'
import { effectKey, requestId } from '#api/http/ids.ts'
import { type FieldError, noSuchThing, type Refusal, refusalOfUpdate, refuse } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import { amountOf, partialOf, readEach } from '#api/http/unreadable.ts'
import type { Actor } from '#contracts/actor.ts'
import type { UpdateRefusal } from '#contracts/clients.ts'
import { Cursor, limit, severalOf } from '#contracts/rest/fields.ts'
import {
  OpenedReturn as OpenedView,
  PendingReturn,
  ReceiptBody,
  ReturnAnswer,
  ReturnBody,
  ReturnDecisionBody,
  ReturnPage,
} from '#contracts/rest/returns.ts'
import { type OpenedReturn, returnSorts, returnStatuses } from '#contracts/return.ts'
import { noOrder, orderOnRecord } from '../orders/on-record.ts'
import { exampleListed, exampleReturn, orderParams, returnParams } from './return-schemas.ts'
import { listedReturn } from './return-views.ts'

type Dependencies = Pick<Clients, 'orders' | 'returns'> & { clock: () => Date }
type Named = { orderId: string; number: number }

const location = `/v1/orders/${exampleReturn.orderId}`

/** Goods that come back after delivery: asked for, decided, received. */
export function returnRoutes({ orders, returns, clock }: Dependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/returns',
      name: 'listReturns',
      access: 'staff',
      tag: 'returns',
      summary: 'Returns of all orders, newest first',
      query: z.strictObject({
        status: severalOf(
          z.enum(returnStatuses),
          'requested: awaits a decision; accepted: to be received; received: its money is on the way',
        ),
        sort: z
          .enum(returnSorts)
          .default('-requestedAt')
          .meta({ description: 'requestedAt: the oldest first' }),
        cursor: Cursor.optional(),
        limit: limit(50, 200),
      }),
      answers: {
        200: {
          description: 'A page of returns',
          schema: ReturnPage,
          example: { returns: [exampleListed], nextCursor: null, ...partialOf({}) },
        },
      },
      refusals: ['unavailable', 'invalid-body'],
    }).handledBy(async ({ query, call }) => {
      const { status: statuses = [], sort, cursor = '', limit: pageSize } = query
      const oldestFirst = sort === 'requestedAt'
      const page = await orders.listReturns({ statuses, oldestFirst, cursor, pageSize }, call)
      const idOf = (one: (typeof page.returns)[number]) => `${one.orderId} ${one.return?.number}`
      const { views, unreadable } = readEach(page.returns, idOf, listedReturn)
      const { missing, nextCursor } = page
      return {
        status: 200,
        body: {
          returns: views,
          nextCursor: nextCursor || null,
          ...partialOf({ missing, unreadable }),
        },
      }
    }),

    route({
      method: 'post',
      path: '/v1/orders/{orderId}/returns',
      name: 'requestReturn',
      access: 'owner',
      tag: 'returns',
      summary: 'Ask to give back what was delivered',
      description: 'Staff accept it or not; the money goes back when the goods have arrived.',
      params: orderParams,
      body: ReturnBody,
      example: { lines: [{ lineNumber: 1, quantity: 2 }], reason: 'too many' },
      answers: {
        201: {
          description: 'On record',
          schema: OpenedView,
          example: { ...exampleReturn, amount: 510 },
          headers: { Location: 'The order, which shows its returns' },
        },
        202: {
          description: 'Durably asked for, but not judged within five seconds',
          schema: PendingReturn,
          example: { ...exampleReturn, status: 'pending' as const, location },
          headers: { Location: 'The order, which will show the return' },
        },
      },
      refusals: ['not-found', 'not-returnable', 'unavailable'],
    }).handledBy(async ({ params: { orderId }, body, caller, idempotencyKey, traceparent, call, about }) => {
      about(orderId)
      const order = await orderOnRecord(orders, orderId, call)
      if (!order) return noOrder(orderId)
      // Judged by the order service all the same; but this costs no workflow.
      if (order.status !== 'completed') return notYet(order.status)
      const by = actorOf(caller)
      const requestedAt = clock().toISOString()
      const recorded = order.returns.map(({ number, fingerprint, amount }) => ({
        number,
        fingerprint,
        amount: amountOf(`returns[${number - 1}].amount`, amount),
      }))
      const fingerprint = fingerprintOf({ ...body, key: keyOf(orderId, by, idempotencyKey) })
      const request = { orderId, ...body, by, requestedAt, fingerprint, traceparent }
      const opened = await returns.request(request, recorded)
      return answerTo(orderId, opened)
    }),

    route({
      method: 'post',
      path: '/v1/orders/{orderId}/returns/{number}/decision',
      name: 'decideReturn',
      access: 'staff',
      tag: 'returns',
      summary: 'Accept a return, or refuse it',
      params: returnParams,
      body: ReturnDecisionBody,
      example: { accept: true },
      answers: {
        200: {
          description: 'On record',
          schema: ReturnAnswer,
          example: { ...exampleReturn, status: 'accepted' as const },
        },
      },
      refusals: ['not-found', 'not-now', 'unavailable'],
    }).handledBy(async ({ params: { orderId, number }, body, caller, call, about }) => {
      about(orderId)
      const by = actorOf(caller)
      const id = requestId(['decision', body.accept, by])
      const answer = await returns.decide(orderId, number, { ...body, by }, id)
      return 'refused' in answer
        ? refusalFor({ orderId, number }, answer, call)
        : { status: 200, body: answer }
    }),

    route({
      method: 'post',
      path: '/v1/orders/{orderId}/returns/{number}/receipt',
      name: 'receiveReturn',
      access: 'staff',
      tag: 'returns',
      summary: 'The goods have arrived: back to stock, or written off, and the money goes back',
      params: returnParams,
      body: ReceiptBody,
      example: { lines: [{ lineNumber: 1, restocked: 1, writtenOff: 1 }], note: 'one is broken' },
      answers: {
        200: {
          description: 'On record; the money follows',
          schema: ReturnAnswer,
          example: { ...exampleReturn, status: 'received' as const },
        },
      },
      refusals: ['not-found', 'not-now', 'invalid-receipt', 'unavailable'],
    }).handledBy(async ({ params: { orderId, number }, body, caller, call, about }) => {
      about(orderId)
      const by = actorOf(caller)
      const id = requestId(['receipt', body.lines, by])
      const answer = await returns.receive(orderId, number, { ...body, by }, id)
      return 'refused' in answer
        ? refusalFor({ orderId, number }, answer, call)
        : { status: 200, body: answer }
    }),
  ]

  /** The workflow of a return that has ended is gone; whether there ever was one, the order tells. */
  async function refusalFor({ orderId, number }: Named, update: UpdateRefusal, call: Call): Promise<Refusal> {
    if (update.refused !== 'NotFound') return refusalOfUpdate(update)
    const order = await orderOnRecord(orders, orderId, call)
    if (!order) return noOrder(orderId)
    const known = order.returns.find((one) => one.number === number)
    return known
      ? refuse('not-now', `The return is ${known.status}.`)
      : noSuchThing('number', `order ${orderId} has no return ${number}`)
  }
}

const keyOf = (orderId: string, by: Actor, idempotencyKey: string | undefined) =>
  effectKey(`return/${orderId}`, by, idempotencyKey)

function answerTo(orderId: string, opened: OpenedReturn | { pending: true; number: number }) {
  const location = `/v1/orders/${orderId}`
  const headers = { Location: location }
  if ('pending' in opened) {
    const body = { orderId, number: opened.number, status: 'pending' as const, location }
    return { status: 202 as const, headers, body }
  }
  if (opened.kind === 'refused') return refusalOfProblems(opened.problems)
  const { number, amount } = opened
  return { status: 201 as const, headers, body: { orderId, number, amount } }
}

const notYet = (status: string) =>
  refuse('not-returnable', `Goods can come back once the order is completed; it is ${status}.`)

/** What is wrong with the order itself is no field of the body. */
function refusalOfProblems(problems: string[]): Refusal {
  const errors = problems.map(fieldErrorOf)
  const [first] = errors
  if (!first || first.path === 'orderId') {
    return refuse('not-returnable', first?.message ?? 'The return was refused.')
  }
  return refuse('invalid-body', `${first.path}: ${first.message}`, { errors })
}

/** `lines[0].quantity: 1 of line 1 can come back, not 2` in its two parts. */
function fieldErrorOf(problem: string): FieldError {
  const [, path = 'lines', message = problem] = /^([\w.[\]]+): (.+)$/s.exec(problem) ?? []
  return { path, message }
}
