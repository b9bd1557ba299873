import { defineSearchAttributeKey } from '@temporalio/common'
import type { searchAttributes } from '#contracts/temporal.ts'

const keyword = (name: (typeof searchAttributes)[number]) => defineSearchAttributeKey(name, 'KEYWORD')

/** What the Web UI filters by. */
export const orderStatus = keyword('OrderStatus')
export const customerId = keyword('CustomerId')
export const orderSource = keyword('OrderSource')
export const stuckStep = keyword('StuckStep')
