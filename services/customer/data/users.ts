import type { Caller, Role } from '#contracts/actor.ts'
import type { UserModel } from '#generated/prisma/customer/models.ts'
import { askEach, type Missing, ShardUnavailable } from '#platform/shards/shards.ts'
import type { CustomerDatabase, CustomerShards, CustomerTransaction } from '../database.ts'
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
  /** Who has the name; else all who have the id. Throws when there is none and a shard does not answer. */
  find(nameOrId: string): Promise<ListedUser[]>
  /** Disabling revokes the tokens from before; of who is as asked for already, nothing is done. `by`: the id of who does it. */
  setDisabled(userName: string, disabled: boolean, by: string): Promise<ListedUser | UserRefusal>
  /** Revokes the tokens, too. */
  remove(userName: string, by: string): Promise<'removed' | UserRefusal>
  /** Whose tokens from before do not count. Of shards that do not answer it says so. */
  revocations(): Promise<{ revocations: Revocation[]; missing: Missing[] }>
  /** Undefined when the name or the password is wrong; it takes as long whichever. */
  signIn(userName: string, password: string): Promise<SignedIn | 'disabled' | undefined>
}

export type ListedUser = { userName: string; role: Role; id: string; disabledAt: Date | null }
export type Revocation = { userName: string; revokedAt: Date }
export type SignedIn = Caller & { userName: string }
/** `own`: nobody shuts themselves out. `last-staff`: somebody must be able to let others in again. */
export type UserRefusal = { refused: 'unknown' | 'own' | 'last-staff' }

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
    find: async (nameOrId) => {
      const named = await findNamed(nameOrId)
      if (named) return [listed(named)]
      const { answers, missing } = await askEach(shards.all(), ({ prisma }) =>
        prisma.user.findMany({ where: { id: nameOrId }, orderBy: { userName: 'asc' } }),
      )
      const users = answers.flat().map(listed)
      if (users.length === 0) throwIfMissing(missing)
      return users
    },
    setDisabled: async (typed, disabled, by) => {
      const user = await findNamed(typed)
      if (!user) return { refused: 'unknown' }
      if ((user.disabledAt !== null) === disabled) return listed(user)
      const change = async () => {
        const disabledAt = disabled ? clock() : null
        const changed = await shards.ofKey(user.userName).transaction(async (tx) => {
          const rows = await tx.prisma.user.updateManyAndReturn({
            where: { userName: user.userName },
            data: { disabledAt },
          })
          if (disabledAt && rows.length > 0) await revoke(tx, user.userName, disabledAt)
          return rows[0]
        })
        return changed ? listed(changed) : ({ refused: 'unknown' } as const)
      }
      return disabled ? shutOut(user, by, change) : change()
    },
    remove: async (typed, by) => {
      const user = await findNamed(typed)
      if (!user) return { refused: 'unknown' }
      return shutOut(user, by, () =>
        shards.ofKey(user.userName).transaction(async (tx) => {
          const { count } = await tx.prisma.user.deleteMany({ where: { userName: user.userName } })
          if (count === 0) return { refused: 'unknown' } as const
          await revoke(tx, user.userName, clock())
          return 'removed' as const
        }),
      )
    },
    revocations: async () => {
      const { answers, missing } = await askEach(shards.all(), ({ prisma }) => prisma.revocation.findMany())
      return { revocations: answers.flat(), missing }
    },
    signIn: async (typed, password) => {
      const userName = userNameOf(typed)
      const [user] = isUserName(userName) ? await find(shards.ofKey(userName), [userName]) : []
      const matches = await passwords.matches(user?.passwordHash, password)
      if (!user || !matches) return undefined
      return user.disabledAt ? 'disabled' : { role: user.role, id: user.id, userName }
    },
  }

  async function findNamed(typed: string): Promise<Row | undefined> {
    const userName = userNameOf(typed)
    return isUserName(userName) ? (await find(shards.ofKey(userName), [userName]))[0] : undefined
  }

  /** Does what keeps a user from signing in, unless nobody of the staff could let them in again. */
  async function shutOut<T>(
    { userName, role, id, disabledAt }: Row,
    by: string,
    change: () => Promise<T>,
  ): Promise<T | UserRefusal> {
    if (role !== 'staff' || disabledAt) return change()
    if (id === by) return { refused: 'own' }
    return oneAtATime(shards, async () =>
      (await hasOtherStaff(shards, userName)) ? change() : ({ refused: 'last-staff' } as const),
    )
  }

  async function inEachShard<T>(
    given: readonly NewUser[],
    work: (database: CustomerDatabase, users: readonly NewUser[]) => Promise<T[]>,
  ): Promise<T[]> {
    const users = given.map((user) => ({ ...user, userName: userNameOf(user.userName) }))
    const homes = Map.groupBy(users, ({ userName }) => shards.ofKey(userName))
    return (await Promise.all([...homes].map(([database, of]) => work(database, of)))).flat()
  }

  async function hashed(database: CustomerDatabase, users: readonly NewUser[]): Promise<WrittenRow[]> {
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

/** One after the other, whichever shards their users are in: of the last two, both could go at once. */
function oneAtATime<T>(shards: CustomerShards, work: () => Promise<T>): Promise<T> {
  const [first] = shards.all()
  if (!first) throw new Error('there is no shard')
  return first.database.session(async (sql) => {
    // Its end frees it.
    await sql.query('select pg_advisory_lock($1)', [SHUTTING_OUT_STAFF])
    return work()
  })
}

const SHUTTING_OUT_STAFF = 7_305_011

async function hasOtherStaff(shards: CustomerShards, userName: string): Promise<boolean> {
  const { answers, missing } = await askEach(shards.all(), ({ prisma }) =>
    prisma.user.count({ where: { role: 'staff', disabledAt: null, userName: { not: userName } } }),
  )
  if (answers.some((count) => count > 0)) return true
  throwIfMissing(missing)
  return false
}

function throwIfMissing([one]: readonly Missing[]): void {
  if (one) throw new ShardUnavailable(one.shard, one.why)
}

async function revoke({ prisma }: CustomerTransaction, userName: string, revokedAt: Date): Promise<void> {
  await prisma.revocation.upsert({
    where: { userName },
    create: { userName, revokedAt },
    update: { revokedAt },
  })
}

const listed = ({
  userName,
  role,
  id,
  disabledAt,
}: Omit<Row, 'role' | 'passwordHash'> & { role: string }) => ({
  userName,
  role: role as Role,
  id,
  disabledAt,
})

/** As we sort them, too: the pages of several shards are merged. */
function page({ prisma }: CustomerDatabase, after: string, limit: number) {
  return prisma.$queryRaw<ListedUser[]>`
    select user_name as "userName", role, id, disabled_at as "disabledAt" from users where user_name collate "C" > ${after}
    order by user_name collate "C" limit ${limit}`
}

/** What is kept of a user. */
type Row = Pick<UserModel, 'userName' | 'id' | 'passwordHash' | 'disabledAt'> & { role: Role }
type WrittenRow = Omit<Row, 'disabledAt'>

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
const inOrder = (users: readonly WrittenRow[]): WrittenRow[] =>
  users.toSorted((a, b) => (a.userName < b.userName ? -1 : 1))

function insert({ prisma }: CustomerDatabase, users: readonly WrittenRow[], updatedAt: Date) {
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
function write({ prisma }: CustomerDatabase, given: readonly WrittenRow[], at: Date) {
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
