import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Menu,
  MultiSelect,
  Switch,
  Table,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconColumns3, IconDownload } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { isFinal, orderStatuses } from '#contracts/order.ts'
import type { OrderSummary } from '#contracts/rest/orders.ts'
import { download } from '../api/http.ts'
import { ordersQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { shortId } from '../ui/format.ts'
import { Loaded } from '../ui/loaded.tsx'
import { MoreButton } from '../ui/more-button.tsx'
import { Page } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'
import { tellError } from '../ui/told.ts'
import { Money, StatusBadge, When } from '../ui/values.tsx'
import { WideTable } from '../ui/wide-table.tsx'
import { BulkBar } from './bulk.tsx'
import type { OrderSearch } from './order-search.ts'

const words = texts.console.orders

type Column = { header: string; align?: 'right'; cell: (order: OrderSummary) => ReactNode }

const columns = {
  order: {
    header: words.order,
    cell: ({ orderId }) => (
      <Link to="/console/orders/$orderId" params={{ orderId }}>
        {shortId(orderId)}
      </Link>
    ),
  },
  placedAt: { header: words.placed, cell: ({ placedAt }) => <When at={placedAt} /> },
  status: {
    header: words.status,
    cell: ({ status, reason, stuck }) => (
      <Group gap={6} wrap="nowrap">
        <StatusBadge status={status} />
        {reason && (
          <Text size="xs" c="dimmed">
            {texts.reasonLabels[reason]}
          </Text>
        )}
        {stuck && (
          <Tooltip label={stuck.error} multiline maw={420}>
            <Text size="xs" c="red" tabIndex={0}>
              {words.stuckAt(stuck.step ?? '')}
            </Text>
          </Tooltip>
        )}
      </Group>
    ),
  },
  customer: {
    header: words.customer,
    cell: ({ customerId }) => (
      <Link to="/console/orders" search={{ customerId }}>
        {customerId}
      </Link>
    ),
  },
  source: { header: words.source, cell: ({ source }) => texts.sources[source] },
  reference: { header: words.reference, cell: ({ reference }) => reference },
  endedAt: { header: words.ended, cell: ({ endedAt }) => endedAt && <When at={endedAt} /> },
  refunded: {
    header: words.refunded,
    align: 'right',
    cell: ({ refunded, currency }) => refunded > 0 && <Money amount={refunded} currency={currency} />,
  },
  total: {
    header: words.total,
    align: 'right',
    cell: ({ total, currency }) => <Money amount={total} currency={currency} fw={600} />,
  },
} satisfies Record<string, Column>
type ColumnName = keyof typeof columns
const usual: ColumnName[] = ['order', 'placedAt', 'status', 'customer', 'source', 'total']

/** Every order of all shards; what is asked for stands in the address. */
export function OrdersPage() {
  const search = useSearch({ from: '/console/orders' })
  const [shown, setShown] = useLocalStorage<ColumnName[]>({
    key: 'order-saga.order-columns',
    defaultValue: usual,
  })
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const orders = useInfiniteQuery(ordersQuery(search))
  const found = orders.data?.pages.flatMap((page) => page.orders) ?? []
  const missing = orders.data?.pages[0]?.missing ?? []
  const choose = (orderId: string, isChosen: boolean) =>
    setChosen((before) => {
      const after = new Set(before)
      if (isChosen) after.add(orderId)
      else after.delete(orderId)
      return after
    })
  return (
    <Page
      title={words.title}
      aside={
        <Group gap="xs">
          <Columns shown={shown} setShown={setShown} />
          <Button
            variant="default"
            leftSection={<IconDownload size={16} />}
            onClick={() => void save(search)}
          >
            {words.csv}
          </Button>
        </Group>
      }
    >
      <Filters search={search} />
      {missing.map(({ shard, why }) => (
        <Text key={shard} c="orange" size="sm" role="alert">
          {words.missing(shard, why)}
        </Text>
      ))}
      {chosen.size > 0 && (
        <BulkBar
          orders={found.filter(({ orderId }) => chosen.has(orderId))}
          clear={() => setChosen(new Set())}
        />
      )}
      <Loaded query={orders} lines={12}>
        {() =>
          found.length === 0 ? (
            <Empty title={words.empty}>{words.emptyHint}</Empty>
          ) : (
            <WideTable
              minWidth={760}
              aria-label={words.title}
              verticalSpacing={6}
              highlightOnHover
              stickyHeader
            >
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w={36}>
                    <Checkbox
                      aria-label={words.chooseAll}
                      checked={chosen.size > 0 && chosen.size === found.filter(isOpen).length}
                      indeterminate={chosen.size > 0}
                      onChange={(event) =>
                        setChosen(
                          new Set(
                            event.currentTarget.checked
                              ? found.filter(isOpen).map(({ orderId }) => orderId)
                              : [],
                          ),
                        )
                      }
                    />
                  </Table.Th>
                  {shown.map((name) => (
                    <Table.Th key={name} ta={alignOf(name)}>
                      {columns[name].header}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.map((order) => (
                  <Table.Tr key={order.orderId}>
                    <Table.Td>
                      <Checkbox
                        aria-label={words.choose(shortId(order.orderId))}
                        checked={chosen.has(order.orderId)}
                        disabled={!isOpen(order)}
                        onChange={(event) => choose(order.orderId, event.currentTarget.checked)}
                      />
                    </Table.Td>
                    {shown.map((name) => (
                      <Table.Td key={name} ta={alignOf(name)}>
                        {columns[name].cell(order)}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </WideTable>
          )
        }
      </Loaded>
      <MoreButton list={orders} />
    </Page>
  )
}

const isOpen = ({ status }: OrderSummary): boolean => !isFinal(status)
const alignOf = (name: ColumnName): 'left' | 'right' => (columns[name] as Column).align ?? 'left'

function Filters({ search }: { search: OrderSearch }) {
  const navigate = useNavigate({ from: '/console/orders' })
  const set = (change: OrderSearch) =>
    void navigate({ search: (before: OrderSearch) => withoutEmpty({ ...before, ...change }), replace: true })
  return (
    <Group align="end" gap="sm">
      <MultiSelect
        label={words.status}
        placeholder={search.status?.length ? '' : words.anyStatus}
        data={orderStatuses.map((value) => ({ value, label: texts.status[value] }))}
        value={search.status ?? []}
        onChange={(status) => set({ status })}
        clearable
        miw={220}
      />
      <TextInput
        label={words.customer}
        placeholder={words.customerHint}
        key={search.customerId ?? ''}
        defaultValue={search.customerId ?? ''}
        onBlur={(event) => set({ customerId: event.currentTarget.value.trim() })}
        onKeyDown={(event) => event.key === 'Enter' && set({ customerId: event.currentTarget.value.trim() })}
      />
      <Switch
        label={words.onlyStuck}
        checked={search.stuck ?? false}
        onChange={(event) => set({ stuck: event.currentTarget.checked })}
        mb={8}
      />
    </Group>
  )
}

const withoutEmpty = (search: OrderSearch): OrderSearch =>
  Object.fromEntries(
    Object.entries(search).filter(
      ([, value]) => value !== '' && value !== false && !(Array.isArray(value) && value.length === 0),
    ),
  )

function Columns({ shown, setShown }: { shown: ColumnName[]; setShown: (names: ColumnName[]) => void }) {
  const all = Object.keys(columns) as ColumnName[]
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={words.columns}>
          <IconColumns3 size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {all.map((name) => (
          <Menu.Item key={name} component="div">
            <Checkbox
              label={columns[name].header}
              checked={shown.includes(name)}
              onChange={(event) =>
                setShown(
                  all.filter((one) => (one === name ? event.currentTarget.checked : shown.includes(one))),
                )
              }
            />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** All that the filters let through, as a file. */
async function save(search: OrderSearch): Promise<void> {
  try {
    const url = URL.createObjectURL(await download('/v1/orders.csv', search))
    const link = Object.assign(document.createElement('a'), { href: url, download: 'orders.csv' })
    link.click()
    URL.revokeObjectURL(url)
  } catch (error) {
    tellError(error)
  }
}
