import { create, toBinary } from '@bufbuild/protobuf'
import { fileDesc, type GenService, serviceDesc } from '@bufbuild/protobuf/codegenv2'
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  type StringValue,
  type StringValueSchema,
} from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { afterAll, expect, test } from '@jest/globals'
import { createLogger } from '../process/logger.ts'
import { silent, until } from '../testing/fixtures.ts'
import { closeRpcTransports, rpcTransport, serveRpc } from './rpc.ts'

const TEXT = '.google.protobuf.StringValue'
const ECHO = {
  name: 'echo.proto',
  package: 'test',
  syntax: 'proto3',
  dependency: ['google/protobuf/wrappers.proto'],
  service: [{ name: 'Echo', method: [{ name: 'Say', inputType: TEXT, outputType: TEXT }] }],
}
type Text = typeof StringValueSchema
type EchoService = GenService<{ say: { methodKind: 'unary'; input: Text; output: Text } }>
const file = toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, ECHO))
const Echo: EchoService = serviceDesc(
  fileDesc(Buffer.from(file).toString('base64'), [file_google_protobuf_wrappers]),
  0,
)

afterAll(closeRpcTransports)

const serve = (say: (request: StringValue) => Promise<{ value: string }>, port = 0, logger = silent) =>
  serveRpc({ port, logger, routes: (router) => router.service(Echo, { say }) })

const clientOf = (port: number) => createClient(Echo, rpcTransport(`http://127.0.0.1:${port}`))
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error) => Code[ConnectError.from(error).code],
  )

test('answers a call', async () => {
  const server = await serve(async ({ value }) => ({ value: `${value}!` }))
  expect((await clientOf(server.port).say({ value: 'hello' })).value).toBe('hello!')
  await server.stop()
})

test('lets a ConnectError pass, hides any other fault and logs its cause', async () => {
  const lines: string[] = []
  const logger = createLogger({ process: 'test', destination: { write: (line) => lines.push(line) } })
  const say = async ({ value }: StringValue): Promise<{ value: string }> => {
    if (value === 'refusal') throw new ConnectError('no such thing', Code.NotFound)
    throw new Error('password of the database', { cause: new Error('deep down') })
  }
  const server = await serve(say, 0, logger)
  const client = clientOf(server.port)
  await expect(client.say({ value: 'refusal' })).rejects.toThrow(/\[not_found\] no such thing/)
  await expect(client.say({ value: 'fault' })).rejects.toThrow(/^\[internal\] internal error$/)
  expect(lines.length).toBe(1)
  expect(lines[0] ?? '').toMatch(/deep down/)
  await server.stop()
})

test('finishes the call in hand when stopped, though the client keeps its connection', async () => {
  const called = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<{ value: string }>()
  const server = await serve(() => {
    called.resolve()
    return finish.promise
  })
  const answer = clientOf(server.port).say({ value: 'x' })
  await called.promise
  const stopped = server.stop()
  finish.resolve({ value: 'done' })
  expect((await answer).value).toBe('done')
  await stopped
})

test('says unavailable at once for a server that is down, and works when it is back', async () => {
  const first = await serve(async ({ value }) => ({ value }))
  const client = clientOf(first.port)
  expect(await codeOf(client.say({ value: 'x' }))).toBe('ok')
  await first.stop()
  const before = Date.now()
  expect(await codeOf(client.say({ value: 'x' }))).toBe('Unavailable')
  expect(Date.now() - before).toBeLessThan(2_000)
  const second = await serve(async ({ value }) => ({ value }), first.port)
  await until('back', async () => (await codeOf(client.say({ value: 'x' }))) === 'ok')
  await second.stop()
})

test('refuses a port in use', async () => {
  const server = await serve(async ({ value }) => ({ value }))
  await expect(serve(async ({ value }) => ({ value }), server.port)).rejects.toThrow(/EADDRINUSE/)
  await server.stop()
})
