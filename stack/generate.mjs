// What `npm run generate` does: code from contracts/proto, and a database client from each schema in prisma/.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const programs = join(root, 'node_modules/.bin')

const services = readdirSync(join(root, 'prisma'), { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
)
await Promise.all([
  run('buf', 'generate'),
  ...services.map(({ name }) =>
    run('prisma', 'generate', '--no-hints', '--schema', `prisma/${name}/schema.prisma`),
  ),
])

/** Says something only when it fails. */
function run(program, ...args) {
  const child = spawn(join(programs, program), args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${programs}:${process.env.PATH}`,
      // Generating needs no engine: naming one keeps Prisma from downloading it.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
    },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${args.join(' ')} failed\n${said}`)),
    )
  })
}
