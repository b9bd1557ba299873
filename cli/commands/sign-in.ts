import type { Command } from 'commander'
import { signIn } from '#clients/rest/session.ts'
import type { Caller } from '#contracts/actor.ts'
import type { Context } from '../session/context.ts'
import { faultOf } from '../session/gateway.ts'
import { asking } from '../session/patience.ts'
import { ask } from '../session/prompt.ts'
import { inUtc } from '../text/format.ts'
import type { Json } from './options.ts'

export function addSignInCommands(program: Command, context: Context): void {
  addLogin(program, context)
  addLogout(program, context)
  addWhoAmI(program, context)
}

function addLogin(program: Command, context: Context): void {
  program
    .command('login')
    .argument('[user]', 'the user name; without it, it is asked for')
    .description('sign in: asks for the password, and keeps the token that it gets')
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nWithout a terminal the password is the first line of standard input.')
    .action(async (user: string | undefined, { json }: Json) => {
      const url = context.gatewayUrl()
      const credentials = await credentialsOf(user, context)
      const token = await signIn(credentials, asking(url)).catch((error: unknown) => {
        throw faultOf(url, error)
      })
      context.keptTokens.keep(url, { userName: credentials.userName, ...token })
      const { role, id } = token
      const endsAt = new Date(token.endsAt).toISOString()
      context.tell(
        json,
        { role, id, endsAt },
        (it) =>
          `signed in as ${it.role} ${it.id} until ${inUtc(endsAt)}; the token is in ${context.keptTokens.path}`,
      )
    })
}

async function credentialsOf(user: string | undefined, context: Context) {
  const name = { text: 'User name: ', hidden: false }
  const secret = { text: 'Password: ', hidden: true }
  const answers = await ask(user === undefined ? [name, secret] : [secret], context)
  const [userName = '', password = ''] = user === undefined ? answers : [user, ...answers]
  return { userName, password }
}

function addLogout(program: Command, context: Context): void {
  program
    .command('logout')
    .description('forget the token that login kept')
    .option('--json', 'as one JSON document')
    .action(({ json }: Json) => {
      const token = context.keptTokens.forget(context.gatewayUrl())
      const text = token ? `${token.userName} is signed out` : 'nobody was signed in'
      context.tell(json, { signedOut: token?.userName ?? null }, () => text)
    })
}

function addWhoAmI(program: Command, context: Context): void {
  program
    .command('whoami')
    .description('as whom the gateway sees you')
    .option('--json', 'as one JSON document')
    .action(async ({ json }: Json) => {
      const caller = await context.gateway().get<Caller>('/v1/auth/me')
      context.tell(json, caller, ({ role, id }) => `${role} ${id}`)
    })
}
