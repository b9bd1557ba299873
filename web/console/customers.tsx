import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { customersQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'
import { SearchField } from '../ui/search-field.tsx'

const words = texts.console.customers

export function CustomersPage() {
  const { q = '' } = useSearch({ from: '/console/customers' })
  const navigate = useNavigate({ from: '/console/customers' })
  const customers = useInfiniteQuery(customersQuery(q))
  const search = (q: string) => void navigate({ search: q ? { q } : {}, replace: true })
  return (
    <Page
      title={words.title}
      aside={<SearchField label={words.search} hint={words.searchHint} value={q} onSearch={search} />}
    >
      <DataTable
        label={words.title}
        list={customers}
        rowsOf={(page) => page.customers}
        keyOf={({ customerId }) => customerId}
        empty={words.empty}
        columns={[
          { header: words.name, cell: ({ name }) => name },
          { header: words.id, cell: ({ customerId }) => customerId },
          { header: words.email, cell: ({ email }) => email },
          {
            header: words.address,
            cell: ({ addresses: [first] }) => first && [first.city, first.country].filter(Boolean).join(', '),
          },
          {
            header: words.links,
            align: 'right',
            cell: ({ customerId }) => (
              <>
                <Link to="/console/orders" search={{ customerId }}>
                  {words.orders}
                </Link>
                {' · '}
                <Link to="/console/accounts/$customerId" params={{ customerId }}>
                  {words.account}
                </Link>
              </>
            ),
          },
        ]}
      />
    </Page>
  )
}
