import { Checkbox, Table, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { isFinal } from '#contracts/order.ts'
import { type OrderSort, type OrderSortKey, sortOf } from '#contracts/order-list.ts'
import type { OrderSummary } from '#contracts/rest/orders.ts'
import { texts } from '../texts/index.ts'
import { shortId } from '../ui/format.ts'
import { WideTable } from '../ui/wide-table.tsx'
import { type ColumnName, columnOf } from './order-columns.tsx'

const words = texts.console.orders
/** In pixels; what a row is before it is measured. */
const rowHeight = 41
/** So many rows before the end of what is loaded, more is asked for. */
const ahead = 100

type OrderTableProps = {
  orders: readonly OrderSummary[]
  columns: readonly ColumnName[]
  sort: OrderSort | undefined
  onSort: (sort: OrderSort) => void
  chosen: ReadonlySet<string>
  setChosen: (chosen: ReadonlySet<string>) => void
  /** The reader is near the end of `orders`. */
  onNearEnd: () => void
}

/** Only the rows in sight are in the page, however many were read. */
export function OrderTable({ orders, columns, sort, onSort, chosen, setChosen, onNearEnd }: OrderTableProps) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [scrollMargin, setScrollMargin] = useState(0)
  useEffect(() => {
    const top = body.current?.getBoundingClientRect().top ?? 0
    setScrollMargin(top + window.scrollY)
  }, [])
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes here
  const rows = useWindowVirtualizer({
    count: orders.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin,
    getItemKey: (index) => orders[index]?.orderId ?? index,
  })
  const shown = rows.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= orders.length - ahead) onNearEnd()
  }, [last, orders.length, onNearEnd])
  const above = (shown[0]?.start ?? scrollMargin) - scrollMargin
  const below = rows.getTotalSize() - ((shown.at(-1)?.end ?? scrollMargin) - scrollMargin)
  const choose = (orderId: string, isChosen: boolean) => {
    const after = new Set(chosen)
    if (isChosen) after.add(orderId)
    else after.delete(orderId)
    setChosen(after)
  }
  return (
    <WideTable
      minWidth={760}
      aria-label={words.title}
      aria-rowcount={-1}
      verticalSpacing={6}
      highlightOnHover
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={36}>
            <ChooseAll orders={orders} chosen={chosen} setChosen={setChosen} />
          </Table.Th>
          {columns.map((name) => (
            <Header key={name} name={name} sort={sort} onSort={onSort} />
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody ref={body}>
        <Gap height={above} columns={columns.length + 1} />
        {shown.map(({ index, key }) => {
          const order = orders[index]
          return (
            order && (
              <Table.Tr key={key} data-index={index} ref={rows.measureElement}>
                <Table.Td>
                  <Checkbox
                    aria-label={words.choose(shortId(order.orderId))}
                    checked={chosen.has(order.orderId)}
                    disabled={!isOpen(order)}
                    onChange={(event) => choose(order.orderId, event.currentTarget.checked)}
                  />
                </Table.Td>
                {columns.map((name) => (
                  <Table.Td key={name} ta={columnOf(name).align ?? 'left'}>
                    {columnOf(name).cell(order)}
                  </Table.Td>
                ))}
              </Table.Tr>
            )
          )
        })}
        <Gap height={below} columns={columns.length + 1} />
      </Table.Tbody>
    </WideTable>
  )
}

const isOpen = ({ status }: OrderSummary): boolean => !isFinal(status)

/** Where the rows would be that are not in the page. */
const Gap = ({ height, columns }: { height: number; columns: number }) =>
  height > 0 && (
    <Table.Tr aria-hidden bd="none">
      <Table.Td colSpan={columns} p={0} h={height} />
    </Table.Tr>
  )

function ChooseAll({ orders, chosen, setChosen }: Pick<OrderTableProps, 'orders' | 'chosen' | 'setChosen'>) {
  const open = orders.filter(isOpen).map(({ orderId }) => orderId)
  const isAll = chosen.size > 0 && chosen.size === open.length
  return (
    <Checkbox
      aria-label={words.chooseAll}
      checked={isAll}
      indeterminate={chosen.size > 0 && !isAll}
      onChange={(event) => setChosen(new Set(event.currentTarget.checked ? open : []))}
    />
  )
}

function Header({ name, sort, onSort }: Pick<OrderTableProps, 'sort' | 'onSort'> & { name: ColumnName }) {
  const { header, align = 'left', sortKey } = columnOf(name)
  if (!sortKey) return <Table.Th ta={align}>{header}</Table.Th>
  const { key, isDescending } = sortOf(sort)
  const isSorted = key === sortKey
  const Arrow = isDescending ? IconArrowDown : IconArrowUp
  return (
    <Table.Th ta={align} aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : 'none'}>
      <UnstyledButton
        fz="inherit"
        fw="inherit"
        onClick={() => onSort(nextSort(sortKey, isSorted && isDescending))}
      >
        {header} {isSorted && <Arrow size={13} aria-hidden />}
      </UnstyledButton>
    </Table.Th>
  )
}

/** The greatest first, and turned when it is that already. */
const nextSort = (key: OrderSortKey, isDescending: boolean): OrderSort => (isDescending ? key : `-${key}`)
