import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { accountsQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'
import { Money, When } from '../ui/values.tsx'

const words = texts.console.accounts

export function AccountsPage() {
  const accounts = useInfiniteQuery(accountsQuery())
  return (
    <Page title={words.title}>
      <DataTable
        label={words.title}
        list={accounts}
        rowsOf={(page) => page.accounts}
        keyOf={({ customerId }) => customerId}
        empty={words.empty}
        columns={[
          {
            header: words.customer,
            cell: ({ customerId }) => (
              <Link to="/console/accounts/$customerId" params={{ customerId }}>
                {customerId}
              </Link>
            ),
          },
          { header: words.since, cell: ({ createdAt }) => <When at={createdAt} /> },
          {
            header: words.balance,
            align: 'right',
            cell: ({ balance, currency }) => <Money amount={balance} currency={currency} fw={600} />,
          },
        ]}
      />
    </Page>
  )
}
