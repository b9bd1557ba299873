import type { Caller, Role } from '#contracts/caller.ts'
import type { Database } from '#platform/database.ts'
import type { Shards } from '#platform/sharded.ts'
import type { Passwords } from './passwords.ts'
import { isUserName, type NewUser, userNameOf } from './user-rules.ts'

/** Who may sign in. A user is in the shard of the name, for that is all there is at first. */
export type UserStore = {
  /** Adds or replaces; no name may be there twice. A password that is as before keeps its hash. */
  put(users: readonly NewUser[]): Promise<{ added: number; changed: number }>
  /** Undefined when the name or the password is wrong; it takes as long whichever. */
  signIn(userName: string, password: string): Promise<Caller | undefined>
}

type Dependencies = { shards: Shards; clock: () => Date; passwords: Passwords }

export function createUserStore({ shards, clock, passwords }: Dependencies): UserStore {
  return {
    put: async (given) => {
      const users = given.map((user) => ({ ...user, userName: userNameOf(user.userName) }))
      const homes = Map.groupBy(users, ({ userName }) => shards.ofKey(userName))
      const rows = await Promise.all(
        [...homes].map(async ([database, of]) => write(database, await hashed(database, of), clock())),
      )
      const added = rows.flat().filter((row) => row.added).length
      return { added, changed: rows.flat().length - added }
    },
    signIn: async (typed, password) => {
      const userName = userNameOf(typed)
      const [user] = isUserName(userName) ? await find(shards.ofKey(userName), [userName]) : []
      const matches = await passwords.matches(user?.passwordHash, password)
      return user && matches ? { role: user.role, id: user.id } : undefined
    },
  }

  async function hashed(database: Database, users: readonly NewUser[]): Promise<Row[]> {
    const known = await find(
      database,
      users.map(({ userName }) => userName),
    )
    const hashOf = new Map(known.map(({ userName, passwordHash }) => [userName, passwordHash]))
    return Promise.all(
      users.map(async ({ password, ...user }) => {
        const before = hashOf.get(user.userName)
        const same = before !== undefined && (await passwords.matches(before, password))
        return { ...user, passwordHash: same ? before : await passwords.hash(password) }
      }),
    )
  }
}

type Row = { userName: string; role: Role; id: string; passwordHash: string }

function find(database: Database, userNames: readonly string[]): Promise<Row[]> {
  return database.query<Row>(
    `select user_name as "userName", role, id, password_hash as "passwordHash" from users where user_name = any($1)`,
    [userNames],
  )
}

/** One statement; in the order of the names, so that two of them at once cannot deadlock. */
function write(database: Database, users: readonly Row[], at: Date): Promise<{ added: boolean }[]> {
  return database.query(
    `insert into users as old (user_name, role, id, password_hash, updated_at)
     select given.*, $5 from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as given (user_name)
     order by given.user_name
     on conflict (user_name) do update set (role, id, password_hash, updated_at) =
       (excluded.role, excluded.id, excluded.password_hash, excluded.updated_at)
     where (old.role, old.id, old.password_hash) is distinct from (excluded.role, excluded.id, excluded.password_hash)
     returning old.xmax = 0 as added`,
    [
      users.map(({ userName }) => userName),
      users.map(({ role }) => role),
      users.map(({ id }) => id),
      users.map(({ passwordHash }) => passwordHash),
      at,
    ],
  )
}
