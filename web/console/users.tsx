import { Badge, Button, Group, Text } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { User } from '#contracts/rest/users.ts'
import { ask } from '../api/http.ts'
import { usersQuery } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import { texts } from '../texts/index.ts'
import { Confirm } from '../ui/confirm.tsx'
import { DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'
import { tell, tellError } from '../ui/told.ts'
import { When } from '../ui/values.tsx'

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
          { header: words.state, cell: ({ disabledAt }) => <State disabledAt={disabledAt} /> },
          { header: words.actions, align: 'right', cell: (user) => <Actions user={user} /> },
        ]}
      />
    </Page>
  )
}

const State = ({ disabledAt }: Pick<User, 'disabledAt'>) =>
  disabledAt === null ? (
    words.may
  ) : (
    <Group gap="xs">
      <Badge variant="light" color="red">
        {words.disabledSince}
      </Badge>
      <Text span size="sm">
        <When at={disabledAt} />
      </Text>
    </Group>
  )

const small = { variant: 'default', size: 'compact-xs' } as const

function Actions({ user }: { user: User }) {
  const { userName, role, id, disabledAt } = user
  const session = useSession()
  const [asked, setAsked] = useState<'disable' | 'remove'>()
  const path = `/v1/users/${encodeURIComponent(userName)}`
  const disabling = useUserChange(
    (disabled: boolean) => ask(path, { method: 'PATCH', body: { disabled } }),
    (disabled) => tell(disabled ? words.disabled(userName) : words.enabled(userName), 'green'),
  )
  const removing = useUserChange(
    () => ask(path, { method: 'DELETE' }),
    () => tell(words.removed(userName), 'green'),
  )
  // Nobody shuts themselves out.
  if (session?.role === role && session.id === id) return null
  const close = () => setAsked(undefined)
  return (
    <Group gap="xs" justify="end" wrap="nowrap">
      {disabledAt === null ? (
        <Button {...small} onClick={() => setAsked('disable')}>
          {words.disable}
        </Button>
      ) : (
        <Button {...small} loading={disabling.isPending} onClick={() => disabling.mutate(false)}>
          {words.enable}
        </Button>
      )}
      <Button {...small} variant="light" color="red" onClick={() => setAsked('remove')}>
        {words.remove}
      </Button>
      {asked === 'disable' && (
        <Confirm
          title={words.disableOf(userName)}
          hint={words.disableHint}
          action={words.disable}
          isPending={disabling.isPending}
          onConfirm={() => disabling.mutate(true, { onSettled: close })}
          onClose={close}
        />
      )}
      {asked === 'remove' && (
        <Confirm
          title={words.removeOf(userName)}
          hint={words.removeHint}
          action={words.remove}
          isPending={removing.isPending}
          onConfirm={() => removing.mutate(undefined, { onSettled: close })}
          onClose={close}
        />
      )}
    </Group>
  )
}

/** Asks the gateway for a change, and the page for the users as they are then. */
function useUserChange<T>(change: (to: T) => Promise<unknown>, onDone: (to: T) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async (_, to) => {
      onDone(to)
      await queries.invalidateQueries({ queryKey: ['users'] })
    },
    onError: tellError,
  })
}
