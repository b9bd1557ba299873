import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { accountQuery, entriesQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { DataTable } from '../ui/data-table.tsx'
import { shortId } from '../ui/format.ts'
import { Page } from '../ui/page.tsx'
import { Money, When } from '../ui/values.tsx'

const words = texts.console.accounts

/** A customer's account with everything that ever moved on it. */
export function AccountPage() {
  const { customerId } = useParams({ from: '/console/accounts/$customerId' })
  const account = useQuery(accountQuery(customerId))
  const entries = useInfiniteQuery(entriesQuery(customerId))
  const currency = account.data?.currency ?? 'GBP'
  return (
    <Page
      title={words.of(customerId)}
      aside={account.data && <Money amount={account.data.balance} currency={currency} fw={700} fz={28} />}
    >
      <DataTable
        label={words.entries}
        list={entries}
        rowsOf={(page) => page.entries}
        keyOf={({ transferId }) => transferId}
        empty={words.noEntries}
        columns={[
          { header: words.at, cell: ({ at }) => <When at={at} /> },
          { header: words.kind, cell: ({ kind }) => texts.shop.account.kinds[kind] },
          {
            header: words.order,
            cell: ({ orderId }) =>
              orderId && (
                <Link to="/console/orders/$orderId" params={{ orderId }}>
                  {shortId(orderId)}
                </Link>
              ),
          },
          { header: words.reason, cell: ({ reason }) => reason },
          {
            header: words.amount,
            align: 'right',
            cell: ({ amount }) => (
              <Money amount={amount} currency={currency} fw={600} c={amount > 0 ? 'green' : undefined} />
            ),
          },
        ]}
      />
    </Page>
  )
}
