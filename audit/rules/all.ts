import { historyRules } from './history.ts'
import { ledgerRules } from './ledger.ts'
import { messageRules } from './messages.ts'
import { moneyRules } from './money.ts'
import { orderRules } from './orders.ts'
import { outboxRules } from './outboxes.ts'
import { parcelRules } from './parcels.ts'
import { returnRules } from './returns.ts'
import type { Rule } from './rule.ts'
import { shardRules } from './shards.ts'
import { shelfRules } from './shelves.ts'
import { stockRules } from './stock.ts'
import { workflowRules } from './workflows.ts'

export { noDeadLetters } from './messages.ts'

export const allRules: readonly Rule[] = [
  ...shelfRules,
  ...stockRules,
  ...ledgerRules,
  ...moneyRules,
  ...orderRules,
  ...historyRules,
  ...parcelRules,
  ...workflowRules,
  ...returnRules,
  ...shardRules,
  ...outboxRules,
  ...messageRules,
]
