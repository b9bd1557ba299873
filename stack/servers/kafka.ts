import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { logLevel } from 'kafkajs'
import { Kafka } from '#platform/kafka/kafkajs-patches.ts'
import { intoOurLog } from '#platform/kafka/log.ts'
import { createLogger } from '#platform/process/logger.ts'
import { fromMaven } from '../cache.ts'
import { answering, type Child, startChild } from '../processes/children.ts'
import type { ServerOptions } from './options.ts'

const run = promisify(execFile)

/** The newest that speaks the protocol versions of our client; runs on Java 17. */
const version = '4.1.1'
/** The second is what makes its log visible. */
const artifacts = [
  `org.apache.kafka:kafka_2.13:${version}`,
  'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3',
]
const clusterId = 'b3JkZXItc2FnYS1rYWZrYQ'
// The first compiler is enough for one broker, and starts in half the time.
const java = [
  '-Dlog4j2.level=WARN',
  '-Xms128m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
]

export async function startKafka({
  dataFolder,
  logFolder,
  ports,
}: ServerOptions): Promise<Child & { brokers: string }> {
  const jars = await fromMaven(`kafka-${version}`, artifacts)
  const folder = join(dataFolder, 'kafka')
  await mkdir(folder, { recursive: true })
  const properties = join(folder, 'server.properties')
  await writeFile(properties, propertiesFor(join(folder, 'log'), ports))
  const classpath = ['-cp', `${jars}/*`]
  if (!existsSync(join(folder, 'log/meta.properties'))) {
    await run('java', [
      ...java,
      ...classpath,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterId,
      '-c',
      properties,
    ])
  }
  const child = await startChild({
    name: 'kafka',
    command: 'java',
    args: [...java, ...classpath, 'kafka.Kafka', properties],
    logFolder,
    cwd: folder,
  })
  const brokers = `127.0.0.1:${ports.KAFKA_PORT}`
  await answering(child, () => metadata(brokers))
  return { ...child, brokers }
}

const propertiesFor = (log: string, ports: ServerOptions['ports']) =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.KAFKA_CONTROLLER_PORT}`,
    listeners: `PLAINTEXT://127.0.0.1:${ports.KAFKA_PORT},CONTROLLER://127.0.0.1:${ports.KAFKA_CONTROLLER_PORT}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.KAFKA_PORT}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': log,
    'auto.create.topics.enable': false,
    'delete.topic.enable': true,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.segment.bytes': 67108864,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')

// A broker that is not up yet is asked every 50 ms.
const silent = createLogger({ process: 'stack', level: 'silent' })

async function metadata(brokers: string): Promise<void> {
  const kafka = new Kafka({
    clientId: 'stack',
    brokers: [brokers],
    logLevel: logLevel.NOTHING,
    logCreator: intoOurLog(silent),
    retry: { retries: 0 },
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    await admin.listTopics()
  } finally {
    await admin.disconnect()
  }
}
