/**
 * Records the history of a workflow that has ended, for the replay tests:
 *   node tests/replay/record.ts <name> <workflow id>
 */
import { writeFile } from 'node:fs/promises'
import { Client, Connection } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'

const [name, workflowId] = process.argv.slice(2)
if (!name || !workflowId) throw new Error('usage: node tests/replay/record.ts <name> <workflow id>')
const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233' })
const history = await new Client({ connection }).workflow.getHandle(workflowId).fetchHistory()
const file = new URL(`histories/${name}.json`, import.meta.url)
await writeFile(file, `${historyToJSON(history)}\n`)
console.log(`${history.events?.length} events of ${workflowId} recorded as ${name}`)
await connection.close()
