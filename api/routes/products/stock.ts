import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { actorOf } from '#api/http/auth.ts'
import { effectKey } from '#api/http/ids.ts'
import { type Route, route } from '#api/http/route.ts'
import { ProductId } from '#contracts/rest/fields.ts'
import { StockAdjustment, StockView } from '#contracts/rest/products.ts'

/** What came in or went out other than by an order. */
export function stockRoutes({ inventory }: Pick<Clients, 'inventory'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/products/{productId}/stock',
      name: 'adjustStock',
      access: 'staff',
      tag: 'products',
      summary: 'Add stock by hand, or take it away',
      description:
        'Never below what is reserved for orders. With an Idempotency-Key a repeat never counts twice.',
      params: z.strictObject({ productId: ProductId }),
      body: StockAdjustment,
      example: { warehouseId: 'london', change: 5, reason: 'found in the cellar' },
      answers: {
        200: {
          description: 'What is there now',
          schema: StockView,
          example: { productId: '85123A', warehouseId: 'london', onHand: 505, reserved: 6 },
        },
      },
      refusals: ['not-found', 'conflict', 'unavailable'],
    }).handledBy(async ({ params: { productId }, body, caller, idempotencyKey, call }) => {
      const by = actorOf(caller)
      const key = effectKey(`stock/${productId}/${body.warehouseId}`, by, idempotencyKey)
      const { stock } = await inventory.adjustStock({ productId, ...body, by, key }, call)
      if (!stock) throw new Error('the inventory service answered without a stock')
      const { warehouseId, onHand, reserved } = stock
      return { status: 200, body: { productId, warehouseId, onHand, reserved } }
    }),
  ]
}
