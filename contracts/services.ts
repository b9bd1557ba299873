type Service = {
  /** What its process runs. */
  entry: string
  /** Where its gRPC listens, unless told otherwise. */
  rpcPort?: number
  /** The same of its HTTP. */
  httpPort?: number
  /** What it keeps its data in; with several it is sharded. Its role in Postgres has the service's name. */
  databases?: readonly string[]
}

/**
 * The processes that the system is made of: from here follow their ports, databases, roles, variables and what `npm start`,
 * docker-compose.yml (by a test) and the audit know of them. Each can run alone; none minds which is up first.
 */
export const services = {
  discovery: { entry: 'simulators/discovery/main.ts', rpcPort: 4006 },
  order: { entry: 'workers/order.ts', rpcPort: 4001, databases: ['order_1', 'order_2'] },
  inventory: { entry: 'workers/inventory.ts', rpcPort: 4002, databases: ['inventory'] },
  payment: { entry: 'workers/payment.ts', rpcPort: 4003, databases: ['payment'] },
  customer: { entry: 'workers/customer.ts', rpcPort: 4004, databases: ['customer_1', 'customer_2'] },
  notification: { entry: 'workers/notification.ts', rpcPort: 4007, httpPort: 3001 },
  gateway: { entry: 'workers/gateway.ts', httpPort: 3000 },
  logistics: { entry: 'simulators/logistics/main.ts', rpcPort: 4005 },
} as const satisfies Record<string, Service>

type Services = typeof services
type With<Field extends keyof Service> = {
  [Name in keyof Services]: Services[Name] extends Record<Field, unknown> ? Name : never
}[keyof Services]

export type RpcService = With<'rpcPort'>
export type HttpService = With<'httpPort'>
export type DatabaseOwner = With<'databases'>

const namesWith = <Field extends keyof Service>(field: Field): With<Field>[] =>
  Object.entries(services).flatMap(([name, service]) => (field in service ? [name as With<Field>] : []))

export const rpcServices: readonly RpcService[] = namesWith('rpcPort')
export const httpServices: readonly HttpService[] = namesWith('httpPort')
export const databaseOwners: readonly DatabaseOwner[] = namesWith('databases')

export const databasesOf = (owner: DatabaseOwner): readonly string[] => services[owner].databases
export const byOwner = <T>(of: (owner: DatabaseOwner) => T): Record<DatabaseOwner, T> =>
  Object.fromEntries(databaseOwners.map((owner) => [owner, of(owner)])) as Record<DatabaseOwner, T>

type DatabaseVariable = `${Uppercase<DatabaseOwner>}_DATABASE_URL`
export type AuditVariable = `AUDIT_${DatabaseVariable}`

/** Names a service's database to its process; in the environment of `npm start` it replaces the local one. */
export const databaseVariable = (owner: DatabaseOwner): DatabaseVariable =>
  `${owner.toUpperCase() as Uppercase<DatabaseOwner>}_DATABASE_URL`
/** Names all of them to the audit, with commas between. */
export const auditVariable = (owner: DatabaseOwner): AuditVariable => `AUDIT_${databaseVariable(owner)}`

/** Where a service is unless told otherwise. */
export const localRpcUrl = (name: RpcService): string => `http://127.0.0.1:${services[name].rpcPort}`
export const localHttpUrl = (name: HttpService): string => `http://127.0.0.1:${services[name].httpPort}`
