import type { Caller, Role } from '#contracts/actor.ts'
import type { UserModel } from '#generated/prisma/customer/models.ts'
import { askEach, type Missing } from '#platform/shards/shards.ts'
import type { CustomerDatabase, CustomerShards } from '../database.ts'
import { isUserName, type NewUser, userNameOf } from '../domain/user-rules.ts'
import type { Passwords } from './passwords.ts'

/** Who may sign in. A user is in the shard of the name, for that is all there is at first. */
export type UserStore = {
  /** Adds or replaces; no name may be duplicated. A password that is as before keeps its hash. */
  put(users: readonly NewUser[]): Promise<{ added: number; changed: number }>
  /** Adds those that are new, and changes none; resolves to how many it added. */
  add(users: readonly NewUser[]): Promise<number>
  /** By name, from the one after `after`. Of shards that do not answer it says so. */
  list(page: { after: string; limit: number }): Promise<{ users: ListedUser[]; missing: Missing[] }>
  /** Undefined when the name or the password is wrong; it takes as long whichever. */
  signIn(userName: string, password: string): Promise<Caller | undefined>
}

type Dependencies = { shards: CustomerShards; clock: () => Date; passwords: Passwords }

export function createUserStore({ shards, clock, passwords }: Dependencies): UserStore {
  return {
    put: async (users) => {
      const rows = await inEachShard(users, async (database, of) =>
        write(database, await hashed(database, of), clock()),
      )
      const added = rows.filter((row) => row.added).length
      return { added, changed: rows.length - added }
    },
    add: async (users) => {
      const rows = await inEachShard(users, async (database, of) =>
        insert(database, await hashed(database, await unknown(database, of)), clock()),
      )
      return rows.length
    },
    list: async ({ after, limit }) => {
      const { answers, missing } = await askEach(shards.all(), (sql) => page(sql, after, limit))
      const users = answers.flat().sort((a, b) => (a.userName < b.userName ? -1 : 1))
      return { users: users.slice(0, limit), missing }
    },
    signIn: async (typed, password) => {
      const userName = userNameOf(typed)
      const [user] = isUserName(userName) ? await find(shards.ofKey(userName), [userName]) : []
      const matches = await passwords.matches(user?.passwordHash, password)
      return user && matches ? { role: user.role, id: user.id } : undefined
    },
  }

  async function inEachShard<T>(
    given: readonly NewUser[],
    work: (database: CustomerDatabase, users: readonly NewUser[]) => Promise<T[]>,
  ): Promise<T[]> {
    const users = given.map((user) => ({ ...user, userName: userNameOf(user.userName) }))
    const homes = Map.groupBy(users, ({ userName }) => shards.ofKey(userName))
    return (await Promise.all([...homes].map(([database, of]) => work(database, of)))).flat()
  }

  async function hashed(database: CustomerDatabase, users: readonly NewUser[]): Promise<Row[]> {
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

export type ListedUser = { userName: string; role: Role; id: string }

/** As we sort them, too: the pages of several shards are merged. */
function page({ prisma }: CustomerDatabase, after: string, limit: number) {
  return prisma.$queryRaw<ListedUser[]>`
    select user_name as "userName", role, id from users where user_name collate "C" > ${after}
    order by user_name collate "C" limit ${limit}`
}

/** What is kept of a user. */
type Row = Pick<UserModel, 'userName' | 'id' | 'passwordHash'> & { role: Role }

async function find({ prisma }: CustomerDatabase, userNames: string[]): Promise<Row[]> {
  const users = await prisma.user.findMany({ where: { userName: { in: userNames } } })
  return users.map(({ role, ...user }) => ({ ...user, role: role as Role }))
}

/** Hashes are slow: none is made for somebody who is there already. */
async function unknown(database: CustomerDatabase, users: readonly NewUser[]): Promise<NewUser[]> {
  const known = await find(
    database,
    users.map(({ userName }) => userName),
  )
  const names = new Set(known.map(({ userName }) => userName))
  return users.filter(({ userName }) => !names.has(userName))
}

/** In the order of the names, so that two of them at once cannot deadlock. */
const inOrder = (users: readonly Row[]): Row[] => users.toSorted((a, b) => (a.userName < b.userName ? -1 : 1))

function insert({ prisma }: CustomerDatabase, users: readonly Row[], updatedAt: Date) {
  return prisma.user.createManyAndReturn({
    data: inOrder(users).map(({ userName, role, id, passwordHash }) => ({
      userName,
      role,
      id,
      passwordHash,
      updatedAt,
    })),
    skipDuplicates: true,
    select: { userName: true },
  })
}

/** Adds or replaces; answers for what was not as given before. */
function write({ prisma }: CustomerDatabase, given: readonly Row[], at: Date) {
  const users = inOrder(given)
  return prisma.$queryRaw<{ added: boolean }[]>`
    insert into users as old (user_name, role, id, password_hash, updated_at)
    select given.*, ${at}::timestamptz from unnest(${users.map(({ userName }) => userName)}::text[],
      ${users.map(({ role }) => role)}::text[], ${users.map(({ id }) => id)}::text[],
      ${users.map(({ passwordHash }) => passwordHash)}::text[]) as given
    on conflict (user_name) do update set (role, id, password_hash, updated_at) =
      (excluded.role, excluded.id, excluded.password_hash, excluded.updated_at)
    where (old.role, old.id, old.password_hash) is distinct from (excluded.role, excluded.id, excluded.password_hash)
    returning old.xmax = 0 as added`
}
