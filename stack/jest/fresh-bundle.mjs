import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const bundle = 'generated/workflow-bundle.js'

/** Tests of workflows load them as bundled: what has changed since is bundled first. */
export default function freshBundle() {
  const bundled = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (['workflows', 'contracts'].every((folder) => newestIn(folder) < bundled)) return
  process.stderr.write('\nbundling the workflows, which have changed …\n')
  const { status } = spawnSync(process.execPath, ['stack/bundle.ts'], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the workflows could not be bundled')
}

const newestIn = (folder) =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )
