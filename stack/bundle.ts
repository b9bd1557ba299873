import { mkdir, rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode } from '@temporalio/worker'

/** Bundles the workflow code once, ahead of every worker and every replay. */
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error }
const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url))
const { code } = await bundleWorkflowCode({ workflowsPath, logger: quiet })
await mkdir('generated', { recursive: true })
const half = `generated/.workflow-bundle-${process.pid}.js`
await writeFile(half, code)
await rename(half, 'generated/workflow-bundle.js')
