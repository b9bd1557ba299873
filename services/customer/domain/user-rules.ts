import { type Role, roles } from '#contracts/actor.ts'
import { idInWords, isId } from '#contracts/ids.ts'
import { lengths } from '#contracts/limits.ts'
import { repeats } from '#platform/values/checks.ts'
import { composed, isBetween, isEmail } from '#platform/values/texts.ts'

/** Somebody who may sign in; the password is as it was typed. */
export type NewUser = { userName: string; password: string; role: Role; id: string }

const maxUsersPerRequest = 100

const userNameInWords = `${idInWords}, or an e-mail address`
const { min, max } = lengths.password
export const passwordInWords = `${min} to ${max} characters`

/** Nobody minds capitals in a user name. */
export const userNameOf = (typed: string): string => composed(typed).toLowerCase()

export const isUserName = (text: string): boolean => isId(text) || isEmail(text)

export const isPassword = (text: string): boolean => isBetween(text, min, max)

type GivenUser = Omit<NewUser, 'role'> & { role: string }

/** What is wrong with the users of one request, each with the field's name; no password is in it. */
export function userProblems(users: readonly GivenUser[]): string[] {
  if (users.length > maxUsersPerRequest)
    return [`users: must be at most ${maxUsersPerRequest} in one request`]
  const twice = repeats(users.map(({ userName }) => userNameOf(userName)))
  return users.flatMap((user, i) => [
    ...problemsOf(user).map((problem) => `users[${i}].${problem}`),
    ...(twice.has(i) ? [`users[${i}].user_name: ${user.userName} is duplicated`] : []),
  ])
}

function problemsOf({ userName, password, role, id }: GivenUser): string[] {
  return [
    ...(isUserName(userName) ? [] : [`user_name: must be ${userNameInWords}`]),
    ...(isPassword(password) ? [] : [`password: must be ${passwordInWords}`]),
    ...(isRole(role) ? [] : [`role: must be ${roles.join(' or ')}`]),
    ...(isId(id) ? [] : [`id: must be ${idInWords}`]),
  ]
}

export const isRole = (text: string): text is Role => roles.some((role) => role === text)
