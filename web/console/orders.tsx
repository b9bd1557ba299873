import { ActionIcon, Alert, Button, Checkbox, Group, Menu, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconColumns3, IconDownload } from '@tabler/icons-react'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { download } from '../api/http.ts'
import { isLong } from '../api/long-lists.ts'
import { ordersQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { Loaded } from '../ui/loaded.tsx'
import { MissingShards } from '../ui/missing-shards.tsx'
import { Page } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'
import { tellError } from '../ui/told.ts'
import { BulkBar } from './bulk.tsx'
import { type ColumnName, columnNames, columnOf, usualColumns } from './order-columns.tsx'
import { OrderFilters } from './order-filters.tsx'
import { type OrderSearch, orderSearchOf } from './order-search.ts'
import { OrderTable } from './order-table.tsx'
import { SavedViews } from './saved-views.tsx'

const words = texts.console.orders

/** Every order of all shards; what is asked for stands in the address. */
export function OrdersPage() {
  const search = useSearch({ from: '/console/orders' })
  const navigate = useNavigate({ from: '/console/orders' })
  const [columns, setColumns] = useLocalStorage<ColumnName[]>({
    key: 'order-saga.order-columns',
    defaultValue: usualColumns,
  })
  const change = (changed: Record<string, unknown>) =>
    void navigate({
      search: (before: OrderSearch) => orderSearchOf({ ...before, ...changed }),
      replace: true,
    })
  return (
    <Page
      title={words.title}
      aside={
        <Group gap="xs">
          <SavedViews search={search} columns={columns} setColumns={setColumns} />
          <Columns shown={columns} setShown={setColumns} />
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
      <OrderFilters search={search} change={change} />
      <Found
        key={JSON.stringify(search)}
        search={search}
        columns={columns}
        onSort={(sort) => change({ sort })}
      />
    </Page>
  )
}

type FoundProps = { search: OrderSearch; columns: ColumnName[]; onSort: (sort: string) => void }

/** A new search begins with nothing chosen, and at its top. */
function Found({ search, columns, onSort }: FoundProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const orders = useInfiniteQuery(ordersQuery(search, 200))
  const { data, hasNextPage, isFetching, fetchNextPage } = orders
  const found = useMemo(() => data?.pages.flatMap((page) => page.orders) ?? [], [data])
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])
  return (
    <>
      <MissingShards list={data} />
      {isLong(data) && <LongList search={search} />}
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
            <OrderTable
              orders={found}
              columns={columns}
              sort={search.sort}
              onSort={onSort}
              chosen={chosen}
              setChosen={setChosen}
              onNearEnd={onNearEnd}
            />
          )
        }
      </Loaded>
      {found.length > 0 && (
        <Text size="sm" c="dimmed" ta="center" role="status">
          {hasNextPage ? words.loaded(found.length) : words.loadedAll(found.length)}
        </Text>
      )}
    </>
  )
}

/** A list of many pages is not asked for again with each change: it says so. */
function LongList({ search }: { search: OrderSearch }) {
  const queries = useQueryClient()
  return (
    <Alert py={6} color="gray">
      <Group gap="sm">
        <Text size="sm">{words.long}</Text>
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            window.scrollTo(0, 0)
            void queries.resetQueries(ordersQuery(search, 200))
          }}
        >
          {words.fromTheTop}
        </Button>
      </Group>
    </Alert>
  )
}

function Columns({ shown, setShown }: { shown: ColumnName[]; setShown: (names: ColumnName[]) => void }) {
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={words.columns}>
          <IconColumns3 size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {columnNames.map((name) => (
          <Menu.Item key={name} component="div">
            <Checkbox
              label={columnOf(name).header}
              checked={shown.includes(name)}
              onChange={(event) =>
                setShown(
                  columnNames.filter((one) =>
                    one === name ? event.currentTarget.checked : shown.includes(one),
                  ),
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
