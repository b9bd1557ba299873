import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../say.ts'
import { forget, writePidFile } from './leftovers.ts'
import { logFile } from './log-files.ts'

export type Child = {
  name: string
  pid: number
  /** The exit code or signal, once it is over. */
  exited: Promise<string>
  alive(): boolean
  /** Where its log is, and where it will be once the program has been started again. */
  log: { path: string; keptAs: string }
  logTail(lines?: number): Promise<string>
  /** SIGTERM (or what is given), then SIGKILL after `within` ms. */
  stop(options?: { signal?: NodeJS.Signals; within?: number }): Promise<void>
}

type Start = {
  name: string
  command: string
  args: string[]
  logFolder: string
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Runs as this user, which only root can ask for. */
  user?: User
}

export type User = { uid: number; gid: number }

// A child must not outlive us, not even when we are killed: Linux ends it with its parent. Elsewhere its pid file tells
// the next start, which ends it.
const setpriv =
  process.platform === 'linux' && existsSync('/usr/bin/setpriv') ? '/usr/bin/setpriv' : undefined

/** Starts a program in a process group of its own, so that Ctrl-C reaches us alone; its output goes to its log. */
export async function startChild({ name, command, args, logFolder, cwd, env, user }: Start): Promise<Child> {
  const log = logFile(logFolder, name)
  const output = await log.begin()
  const [program, all] = wrapped(command, args, user)
  const child = spawn(program, all, {
    cwd,
    env: env ?? process.env,
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  })
  const exited = ending(child)
  await Promise.race([new Promise((ready) => child.once('spawn', ready)), exited])
  await output.close()
  if (child.pid === undefined) throw new UserError(`${name} could not be started: ${await exited}`)
  const { pid } = child
  const pidFile = join(logFolder, `${name}.pid`)
  writePidFile(pidFile, pid)
  const leaveLog = log.keepBounded()
  const alive = () => child.exitCode === null && child.signalCode === null
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal)
    } catch {
      // It ended by itself in between.
    }
  }
  const tidyUp = () => {
    leaveLog()
    forget(pidFile, pid)
    // What it has started itself must not hold what the next one needs.
    signalGroup('SIGKILL')
  }
  void exited.then(tidyUp)
  return {
    name,
    log,
    pid,
    exited,
    alive,
    logTail: (lines = 8) => tail(log.path, lines),
    async stop({ signal = 'SIGTERM', within = 10_000 } = {}) {
      if (alive()) signalGroup(signal)
      const timeout = new AbortController()
      const late = sleep(within, 'late', { signal: timeout.signal }).catch(() => 'over')
      if ((await Promise.race([exited, late])) === 'late') signalGroup('SIGKILL')
      timeout.abort()
      await exited
    },
  }
}

function wrapped(command: string, args: string[], user?: User): [string, string[]] {
  if (!setpriv) {
    if (user)
      throw new UserError(
        `as root, setpriv (package util-linux) is needed to start ${command} as another user`,
      )
    return [command, args]
  }
  const as = user ? asUser(user) : []
  return [setpriv, [...as, '--pdeathsig', 'KILL', '--', command, ...args]]
}

export const asUser = ({ uid, gid }: User): string[] => [
  '--reuid',
  String(uid),
  '--regid',
  String(gid),
  '--clear-groups',
]

function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
}

async function tail(file: string, lines: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

/** Polls until the child answers; throws with the last lines of its log when it ends or takes too long. */
export async function answering(child: Child, probe: () => Promise<unknown>, within = 60_000): Promise<void> {
  const deadline = Date.now() + within
  for (;;) {
    try {
      await probe()
      return
    } catch (error) {
      const late = Date.now() > deadline
      if (!child.alive() || late) {
        const how = child.alive()
          ? `did not answer in ${within / 1000} s (${String(error)})`
          : `ended: ${await child.exited}`
        const trouble = new UserError(`${child.name} ${how}. Its log ends with:\n${await child.logTail()}`)
        // Who starts it once more finds its ports free.
        await child.stop({ signal: 'SIGKILL' })
        throw trouble
      }
    }
    await sleep(50)
  }
}
