import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  asCustomer,
  asStaff,
  type Services,
  startTestGateway,
  type TestGateway,
} from '#api/testing/fixtures.ts'
import { authorization } from '#api/testing/tokens.ts'
import type { ListOrdersRequest, OrderSchema } from '#generated/proto/order/v1/order_pb.ts'
import { until } from '#platform/testing/fixtures.ts'

type Row = MessageInitShape<typeof OrderSchema>

const order = (n: number, more: Row = {}): Row => ({
  orderId: `order-${n}`,
  customerId: '17850',
  source: 'partner',
  reference: `ref-${n}`,
  status: 'cancelled',
  reason: 'lost',
  currency: 'GBP',
  total: 1530n,
  refunded: 5n,
  placedAt: timestampFromDate(new Date('2010-12-01T08:26:00Z')),
  updatedAt: timestampFromDate(new Date('2010-12-02T09:00:00Z')),
  endedAt: timestampFromDate(new Date('2010-12-02T09:00:00Z')),
  customerName: 'Ada Lovelace',
  ...more,
})

/** Gives `count` orders page by page, and counts the pages. */
function listing(count: number, orderOf: (n: number) => Row = order) {
  const asked: ListOrdersRequest[] = []
  const orders: Services['orders'] = {
    listOrders: (request) => {
      asked.push(request)
      const from = Number(request.cursor || 0)
      const to = Math.min(from + request.pageSize, count)
      const page = Array.from({ length: to - from }, (_, n) => orderOf(from + n))
      return { orders: page, nextCursor: to < count ? String(to) : '' }
    },
  }
  return { asked, orders }
}

let gateway: TestGateway
const start = async (services: Services) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

/** The answer, unread. */
async function unread(path: string): Promise<IncomingMessage> {
  const request = get(gateway.url + path, { headers: await authorization(asStaff) })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

describe('orders as a table', () => {
  it('are a file of lines, with a header and amounts as people write them', async () => {
    const { send } = await start(listing(2))
    const { status, text, headers } = await send('GET', '/v1/orders.csv')
    expect(status).toBe(200)
    expect(headers.get('Content-Type') ?? '').toMatch(/^text\/csv/)
    expect(headers.get('Content-Disposition')).toBe('attachment; filename="orders.csv"')
    expect(text.split('\r\n')).toStrictEqual([
      'orderId,customerId,source,reference,status,reason,total,refunded,currency,placedAt,endedAt,stuck,updatedAt,customerName',
      'order-0,17850,partner,ref-0,cancelled,lost,15.30,0.05,GBP,2010-12-01T08:26:00.000Z,2010-12-02T09:00:00.000Z,,2010-12-02T09:00:00.000Z,Ada Lovelace',
      'order-1,17850,partner,ref-1,cancelled,lost,15.30,0.05,GBP,2010-12-01T08:26:00.000Z,2010-12-02T09:00:00.000Z,,2010-12-02T09:00:00.000Z,Ada Lovelace',
      '',
    ])
  })

  it('are all of some thousand, each once, in the order of the list', async () => {
    const { orders, asked } = listing(4_321)
    const { send } = await start({ orders })
    const { text } = await send('GET', '/v1/orders.csv')
    const ids = text
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')[0])
    expect(ids).toStrictEqual(Array.from({ length: 4_321 }, (_, n) => `order-${n}`))
    expect(asked.length).toBe(22)
  })

  it('take the filters of the list; a customer gets their own', async () => {
    const { orders, asked } = listing(1)
    const { send } = await start({ orders })
    await send('GET', '/v1/orders.csv?customerId=17850&status=paid&status=shipping&stuck=true')
    expect([asked[0]?.customerId, asked[0]?.statuses, asked[0]?.stuck]).toStrictEqual([
      '17850',
      ['paid', 'shipping'],
      true,
    ])
    await send('GET', '/v1/orders.csv', { by: asCustomer('13047') })
    expect(asked[1]?.customerId).toBe('13047')
    const others = await send('GET', '/v1/orders.csv?customerId=17850', { by: asCustomer('13047') })
    expect(others.status).toBe(403)
    expect((await send('GET', '/v1/orders.csv?limit=1')).status).toBe(400)
    expect(asked.length).toBe(2)
  })

  it('are only a header when there are none', async () => {
    const { send } = await start(listing(0))
    expect((await send('GET', '/v1/orders.csv')).text).toMatch(/^orderId,.*,customerName\r\n$/)
  })

  it('hold no formula, and keep commas, quotes and line ends in their cells', async () => {
    const references = ['=1+1', '+44', '-5', '@sum', 'a,b', 'say "no"', 'two\nlines']
    const { send } = await start(listing(7, (n) => order(n, { reference: references[n] ?? '' })))
    const { text } = await send('GET', '/v1/orders.csv')
    const cells = [...text.matchAll(/^order-\d,17850,partner,("(?:[^"]|"")*"|[^,]*),/gm)].map(
      ([, cell]) => cell,
    )
    expect(cells).toStrictEqual(["'=1+1", "'+44", "'-5", "'@sum", '"a,b"', '"say ""no"""', '"two\nlines"'])
  })

  it('are a problem when the order service is away, and cut off when it goes away on the way', async () => {
    const { orders } = listing(1_000)
    let pages = 0
    const { send, logs } = await start({
      orders: {
        listOrders: (...args) => {
          if (pages-- <= 0) throw new ConnectError('gone', Code.Unavailable)
          return orders?.listOrders?.(...args) ?? {}
        },
      },
    })
    expect((await send('GET', '/v1/orders.csv')).status).toBe(503)
    pages = 2
    await expect(send('GET', '/v1/orders.csv')).rejects.toThrow()
    await until('it is logged', () => logs.filter(({ level }) => level === 'error').length === 2)
  })
})

describe('a table whose reader', () => {
  const fat = (n: number) => order(n, { reference: 'x'.repeat(1_000) })

  /** Until no more pages are asked for. */
  async function settled(asked: readonly unknown[]): Promise<number> {
    let before = -1
    await until('nothing more is read', async () => {
      if (asked.length > 0 && asked.length === before) return true
      before = asked.length
      await sleep(200)
      return false
    })
    return asked.length
  }

  it('is slow waits for them, and reads nothing ahead', async () => {
    const { orders, asked } = listing(30_000, fat)
    await start({ orders })
    const response = await unread('/v1/orders.csv')
    const held = await settled(asked)
    expect(held).toBeLessThan(100)
    let bytes = 0
    for await (const chunk of response) bytes += (chunk as Buffer).length
    expect(asked.length).toBe(150)
    expect(bytes).toBeGreaterThan(30_000_000)
  })

  it('goes away is read for no more', async () => {
    const { orders, asked } = listing(Number.POSITIVE_INFINITY, fat)
    const { logs } = await start({ orders })
    const response = await unread('/v1/orders.csv')
    response.destroy()
    await until('it is over', () => logs.some(({ msg }) => String(msg).endsWith('abandoned by the caller')))
    const read = await settled(asked)
    expect(await settled(asked)).toBe(read)
  })
})
