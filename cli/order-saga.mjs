#!/usr/bin/env node
// Plain JavaScript that any Node can read: finds the project's own Node 24, which runs the TypeScript as it is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const ours = join(here, '..', 'node_modules', '.bin', 'node')
const runsTypeScript = Number(process.versions.node.split('.')[0]) >= 24

if (runsTypeScript) {
  await import('./main.ts')
} else if (existsSync(ours)) {
  const child = spawn(ours, [join(here, 'main.ts'), ...process.argv.slice(2)], { stdio: 'inherit' })
  // Ctrl-C reaches the child by itself; whoever signals us alone means it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
} else {
  console.error(
    'order-saga: its packages are not installed; run "npm start" or "npm ci" in the project folder',
  )
  process.exit(3)
}
