import { ruleInSql, type SourceRule } from './rule.ts'

const everyShelf = {
  database: 'inventory',
  counts: 'shelves',
  counted: 'select count(*) as counted from stock',
} as const

const shelf = `warehouse_id || '/' || product_id`

/** The shelves as a whole. */
export const shelfRules: SourceRule[] = [
  ruleInSql({
    name: 'stock.received',
    says: 'What was received is on hand, sold or lost on each shelf; a piece that came back was received again.',
    ...everyShelf,
    offenders: `select ${shelf} as id,
        format('received %s, but %s on hand + %s sold + %s lost', received, on_hand, sold, lost) as found
      from stock left join (
        select warehouse_id, product_id,
          coalesce(sum(quantity) filter (where state = 'sold'), 0) as sold,
          coalesce(sum(quantity) filter (where state = 'lost'), 0) as lost
        from reserved_lines group by warehouse_id, product_id) as gone using (warehouse_id, product_id)
      where received is distinct from on_hand + coalesce(sold, 0) + coalesce(lost, 0)`,
  }),
  ruleInSql({
    name: 'stock.moved',
    says: 'What was received was put in first, put in or taken out by hand, or came back.',
    ...everyShelf,
    offenders: `select ${shelf} as id, format('received %s, but moved in %s', received, coalesce(moved, 0)) as found
      from stock left join (
        select warehouse_id, product_id, sum(change) as moved from stock_movements
        group by warehouse_id, product_id) as movements using (warehouse_id, product_id)
      where received is distinct from coalesce(moved, 0)`,
  }),
  ruleInSql({
    name: 'stock.reserved',
    says: 'What is reserved on a shelf is what open lines of orders hold there.',
    ...everyShelf,
    offenders: `select ${shelf} as id,
        format('%s reserved, but lines hold %s', coalesce(reserved, 0), coalesce(held, 0)) as found
      from stock full join (
        select warehouse_id, product_id, sum(quantity) as held
        from reserved_lines where state = 'reserved' group by warehouse_id, product_id) as open
        using (warehouse_id, product_id)
      where coalesce(reserved, 0) <> coalesce(held, 0)`,
  }),
  ruleInSql({
    name: 'stock.oversold',
    says: 'No shelf promises more than it has: 0 <= reserved <= on hand.',
    ...everyShelf,
    offenders: `select ${shelf} as id, format('%s on hand, %s reserved', on_hand, reserved) as found
      from stock where (0 <= reserved and reserved <= on_hand) is not true`,
  }),
]
