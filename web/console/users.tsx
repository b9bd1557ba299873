import { Badge } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { usersQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'

const words = texts.console.users

export function UsersPage() {
  const users = useInfiniteQuery(usersQuery())
  return (
    <Page title={words.title} lead={words.lead}>
      <DataTable
        label={words.title}
        list={users}
        rowsOf={(page) => page.users}
        keyOf={({ userName }) => userName}
        empty={words.empty}
        columns={[
          { header: words.userName, cell: ({ userName }) => userName },
          {
            header: words.role,
            cell: ({ role }) => (
              <Badge variant="light" color={role === 'staff' ? 'petrol' : 'gray'}>
                {words.roles[role]}
              </Badge>
            ),
          },
          { header: words.id, cell: ({ id }) => id },
        ]}
      />
    </Page>
  )
}
