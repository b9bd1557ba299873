import type { Command } from 'commander'
import type { UserPage } from '#contracts/rest/users.ts'
import type { Context } from '../session/context.ts'
import { nextPage, type Paged, paged } from '../session/pages.ts'
import { table } from '../text/table.ts'

export function addUserCommands(program: Command, context: Context): void {
  const users = program.command('users').description('who may sign in')
  paged(users.command('list'), 200)
    .description('users, by name')
    .action(async ({ json, ...query }: Paged) => {
      const page = await context.gateway().get<UserPage>('/v1/users', query)
      context.tell(json, page, usersTable)
    })
}

function usersTable({ users, nextCursor }: UserPage): string {
  if (users.length === 0) return 'no users'
  const rows = users.map(({ userName, role, id }) => [userName, role, id])
  return [table(rows, ['user', 'role', 'id']), ...nextPage(nextCursor)].join('\n')
}
