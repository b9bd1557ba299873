import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { say, UserError } from './say.ts'
import { startTestServers } from './test-servers.ts'

/** `npm run bench -- <name> [options]`: one of bench/, against real servers of its own. It prints its figures, and exits 0 when they are right. */
const known = globSync('bench/*.ts').map((file) => basename(file, '.ts'))
const startOwnServers = ['disk', 'soak']
const [name = '', ...args] = process.argv.slice(2)

process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof UserError ? error.message : String((error as Error).stack))
  return 1
})
process.exit()

async function main(): Promise<number> {
  if (!known.includes(name))
    throw new UserError(`npm run bench -- <name>, where name is one of ${known.sort().join(', ')}`)
  const servers = startOwnServers.includes(name) ? undefined : await startTestServers()
  try {
    return await run()
  } finally {
    await servers?.stop()
  }
}

/** Whoever stops us stops it first. */
function run(): Promise<number> {
  const child = spawn(process.execPath, [`bench/${name}.ts`, ...args], { stdio: 'inherit' })
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
    process.on(event, () => child.kill('SIGTERM'))
  return new Promise((done) => child.on('exit', (code) => done(code ?? 1)))
}
