import { existsSync } from 'node:fs'
import { copyFile, type FileHandle, mkdir, open, rename, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'

/** In bytes; a log that is longer is put aside. */
const LONGEST = 10_000_000
const LOOK_EVERY = 10_000
/** The numbers of the logs that are kept, the oldest first. */
const KEPT = [4, 3, 2, 1]

/** The log of one program. What was written before is put aside as old/<name>.1.log, up to .4; the oldest goes. */
export function logFile(folder: string, name: string, longest = LONGEST) {
  const path = join(folder, `${name}.log`)
  const old = (nth: number) => join(folder, 'old', `${name}.${nth}.log`)

  async function makeRoom(): Promise<void> {
    await mkdir(join(folder, 'old'), { recursive: true })
    for (const nth of KEPT.slice(1)) if (existsSync(old(nth))) await rename(old(nth), old(nth + 1))
  }

  const isLonger = async (than: number) => existsSync(path) && (await stat(path)).size > than

  /** The program goes on writing to its file, so that is emptied; what comes between the copy and that is lost. */
  async function bound(): Promise<void> {
    if (!(await isLonger(longest))) return
    await makeRoom()
    await copyFile(path, old(1))
    await truncate(path)
  }

  return {
    path,
    /** Where the log is once the program has been started again. */
    keptAs: old(1),
    /** Empty, for a program to append to. */
    async begin(): Promise<FileHandle> {
      await mkdir(folder, { recursive: true })
      if (await isLonger(0)) {
        await makeRoom()
        await rename(path, old(1))
      }
      return open(path, 'a')
    },
    bound,
    /** Those that are there, the oldest first. */
    all: () =>
      KEPT.map(old)
        .concat(path)
        .filter((one) => existsSync(one)),
    /** Bounds it from now on; returns how to end that. */
    keepBounded(): () => void {
      // A disk that is full is said by whoever writes to it.
      const timer = setInterval(() => void bound().catch(() => {}), LOOK_EVERY)
      timer.unref()
      return () => clearInterval(timer)
    },
  }
}
