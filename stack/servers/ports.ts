import { createServer } from 'node:net'
import {
  type HttpService,
  httpServices,
  type RpcService,
  rpcServices,
  services,
} from '#contracts/services.ts'
import { UserError } from '../say.ts'

const serverPorts = {
  TEMPORAL_PORT: 7233,
  TEMPORAL_UI_PORT: 8233,
  KAFKA_PORT: 9092,
  KAFKA_CONTROLLER_PORT: 9095,
  POSTGRES_PORT: 5433,
  VALKEY_PORT: 6380,
} as const

type RpcPort = `${Uppercase<RpcService>}_RPC_PORT`
type HttpPort = `${Uppercase<HttpService>}_PORT`
export type PortName = keyof typeof serverPorts | RpcPort | HttpPort
export type Ports = Record<PortName, number>

const upper = <Name extends string>(name: Name) => name.toUpperCase() as Uppercase<Name>
export const rpcPortOf = (name: RpcService): RpcPort => `${upper(name)}_RPC_PORT`
export const httpPortOf = (name: HttpService): HttpPort => `${upper(name)}_PORT`

/** Where `npm start` listens; each can be moved by the variable that stands before it. */
export const defaultPorts: Ports = {
  ...serverPorts,
  ...(Object.fromEntries(rpcServices.map((name) => [rpcPortOf(name), services[name].rpcPort])) as Record<
    RpcPort,
    number
  >),
  ...(Object.fromEntries(httpServices.map((name) => [httpPortOf(name), services[name].httpPort])) as Record<
    HttpPort,
    number
  >),
}

const instead: Partial<Record<PortName, string>> = {
  TEMPORAL_PORT: 'TEMPORAL_ADDRESS',
  KAFKA_PORT: 'KAFKA_BROKERS',
  VALKEY_PORT: 'REDIS_URL',
  POSTGRES_PORT: 'every ..._DATABASE_URL',
}

/** Where our own processes listen. */
export const servicePorts: readonly PortName[] = [
  ...rpcServices.map(rpcPortOf),
  ...httpServices.map(httpPortOf),
]

/** The ports that the environment asks for. */
export function chosenPorts(env: NodeJS.ProcessEnv): Ports {
  const entries = Object.entries(defaultPorts).map(([name, port]) => [name, portOf(name, env[name], port)])
  return Object.fromEntries(entries) as Ports
}

function portOf(name: string, text: string | undefined, otherwise: number): number {
  if (!text) return otherwise
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UserError(`${name} is "${text}"; wanted: a port from 1 to 65535`)
  }
  return port
}

/** As many free ports as there are names, all different. */
export async function freePorts(): Promise<Ports> {
  const held = await Promise.all(
    Object.keys(defaultPorts).map(async (name) => ({ name, ...(await listen(0)) })),
  )
  await Promise.all(held.map(({ close }) => close()))
  return Object.fromEntries(held.map(({ name, port }) => [name, port])) as Ports
}

/** Throws one clear line when a port that is needed is taken. */
export async function mustBeFree(name: PortName, port: number): Promise<void> {
  try {
    const { close } = await listen(port)
    await close()
  } catch {
    const use = instead[name] ? `, or ${instead[name]} to use the server that is there` : ''
    throw new UserError(`port ${port} is in use: set ${name} to another one${use}`)
  }
}

async function listen(port: number) {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const chosen = typeof address === 'object' && address ? address.port : port
  return { port: chosen, close: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}
