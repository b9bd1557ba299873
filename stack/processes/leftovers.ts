import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../say.ts'

/** When the process started, in whatever words the system has; undefined when there is none, or only its exit code. */
export function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    }
    // After the name, which may hold anything: the state is the 1st field, the start the 20th.
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return state === 'Z' || state === 'X' ? undefined : fields[18]
  } catch {
    return undefined
  }
}

/** Writes down which process it is: its id alone would one day be another's. */
export function writePidFile(file: string, pid: number): void {
  writeFileSync(file, `${pid} ${startOf(pid) ?? 'gone'}`)
}

export function forget(file: string, pid: number): void {
  if (existsSync(file) && Number(readFileSync(file, 'utf8').split(' ')[0]) === pid) rmSync(file)
}

/** The process that the file names, if it still runs. */
export function stillRunning(file: string): number | undefined {
  if (!existsSync(file)) return undefined
  const [id, ...start] = readFileSync(file, 'utf8').split(' ')
  const pid = Number(id)
  return startOf(pid) === start.join(' ') ? pid : undefined
}

/** Ends, with their groups, the processes that a run left behind when it was killed. */
export async function endLeftOvers(folder: string): Promise<void> {
  for (const name of globSync('*.pid', { cwd: folder })) {
    const file = join(folder, name)
    for (let pid = stillRunning(file); pid !== undefined; pid = stillRunning(file)) {
      try {
        process.kill(-pid, 'SIGKILL')
      } catch {
        // It ended in between.
      }
      await sleep(20)
    }
    rmSync(file, { force: true })
  }
}

/** One `npm start` a folder, for they would share its data. Returns how to let go of it. */
export async function holdFolder(file: string): Promise<() => void> {
  await mkdir(dirname(file), { recursive: true })
  const other = stillRunning(file)
  if (other !== undefined && other !== process.pid) {
    throw new UserError(`npm start already runs in this folder (process ${other}): stop it first`)
  }
  writePidFile(file, process.pid)
  return () => forget(file, process.pid)
}
