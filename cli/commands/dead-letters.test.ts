import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { problemBody, problemKinds, type Refusal } from '#api/http/problems.ts'
import { exampleLetter, exampleOpened } from '#api/routes/dead-letters/dead-letter-views.ts'
import type { LetterOutcome } from '#contracts/rest/dead-letters.ts'
import { about } from '#platform/testing/expect.ts'
import { type Answer, type Asked, run, startGateway } from '../fixtures.ts'

const { id } = exampleLetter
const opened = { ...exampleOpened, content: { source: 'web', reference: '' }, undecodable: null }
const ok = (body: object): Answer => ({ status: 200, body })
const refused = (refusal: Refusal): Answer => ({
  status: problemKinds[refusal.problem].status,
  body: problemBody(refusal, 'trace-1'),
})

/** Runs the command while a gateway answers; tells what it was asked about dead letters. */
async function against(answer: (asked: Asked) => Answer, ...args: string[]) {
  const gateway = await startGateway(answer)
  try {
    const done = await run(['dead-letters', ...args], { GATEWAY_URL: gateway.url })
    const asked = gateway.asked.filter(({ url }) => /dead-letters|redrives/.test(url ?? ''))
    return { ...done, asked }
  } finally {
    await gateway.stop()
  }
}

/** Lists one letter of pre_orders, and redrives what it is asked to, at the second look. */
function redriving(...outcomes: Partial<LetterOutcome>[]) {
  const done = outcomes.map((outcome) => ({
    letterId: id,
    kind: 'redriven' as const,
    problem: null,
    ...outcome,
  }))
  let looks = 0
  return ({ method, url = '', body }: Asked): Answer => {
    const total = done.length
    if (url.startsWith('/v1/redrives/r1')) {
      const running = ++looks % 2 === 1
      return ok({ redriveId: 'r1', running, total, done: running ? [] : done })
    }
    if (method === 'POST' && (body as { dryRun?: boolean }).dryRun)
      return ok({ letters: 1, deadLetters: [exampleLetter] })
    if (method === 'POST') return { status: 202, body: { redriveId: 'r1', letters: total } }
    if (url.includes(id)) return ok(opened)
    return ok({ deadLetters: url.includes('topic=pre_orders') ? [exampleLetter] : [], nextCursor: null })
  }
}

describe('dead-letters list', () => {
  it('asks for what was asked for, and names the next page', async () => {
    const page = { deadLetters: [exampleLetter], nextCursor: 'bmV4dA' }
    const { exitCode, stdout, asked } = await against(
      () => ok(page),
      'list',
      '--topic',
      'pre_orders',
      '--all',
      '--limit',
      '5',
    )
    expect(exitCode).toBe(0)
    expect(asked[0]?.url).toBe('/v1/dead-letters?topic=pre_orders&withRedriven=true&limit=5')
    expect(stdout).toMatch(
      /pre_orders\/0\/42 +2010-12-01 08:26:00 +PreOrder +partner\/536365 +order +the message is no/,
    )
    expect(stdout).toMatch(/next page: --cursor bmV4dA/)
    const inJson = await against(() => ok(page), 'list', '--json')
    expect(JSON.parse(inJson.stdout)).toStrictEqual(page)
  })

  it('says so when there are none, and knows the topics', async () => {
    const { stdout } = await against(() => ok({ deadLetters: [], nextCursor: null }), 'list')
    expect(stdout).toBe('no dead letters\n')
    const { exitCode, stderr } = await run(['dead-letters', 'list', '--topic', 'nope'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/Allowed choices are pre_orders, new_orders/)
  })
})

describe('dead-letters show', () => {
  it('tells what it says, why nobody read it, and how to redrive it', async () => {
    const { exitCode, stdout, asked } = await against(() => ok(opened), 'show', id)
    expect(exitCode).toBe(0)
    expect(asked[0]?.url).toBe('/v1/dead-letters/pre_orders/0/42')
    expect(stdout).toMatch(/^dead letter pre_orders\/0\/42 is open\n/)
    expect(stdout).toMatch(/why +the message is no PreOrder: premature EOF/)
    expect(stdout).toMatch(/content\n {2}\{\n {4}"source": "web",/)
    expect(stdout).toMatch(/order-saga dead-letters redrive pre_orders\/0\/42 --with file.json/)
  })

  it('shows the bytes of what cannot be decoded, and who redrove it', async () => {
    const redriven = { at: '2010-12-01T09:00:00.000Z', by: 'staff:ann' }
    const { stdout } = await against(() => ok({ ...exampleOpened, redriven }), 'show', id)
    expect(stdout).toMatch(/is redriven 2010-12-01 09:00:00 by staff:ann\n/)
    expect(stdout).toMatch(
      /content, 5 bytes that cannot be decoded: premature EOF\n {2}0a 03 66 61 78 +\.\.fax/,
    )
    expect(stdout).not.toMatch(/to redrive it/)
  })

  it('exits 4 when there is none', async () => {
    const answer = () => refused({ problem: 'not-found', detail: `There is no dead letter ${id}.` })
    expect((await against(answer, 'show', id)).exitCode).toBe(4)
    expect((await against(answer, 'show', 'foo')).exitCode).toBe(2)
  })
})

describe('dead-letters redrive', () => {
  let folder: string
  let file: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dead-letters-'))
    file = join(folder, 'fixed.json')
    await writeFile(file, '{"source":"web","reference":"7"}')
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('waits until it is done, and tells what became of each letter', async () => {
    const outcomes = [{}, { letterId: 'pre_orders/0/43', kind: 'already_redriven' as const }]
    const { exitCode, stdout, asked } = await against(
      redriving(...outcomes),
      'redrive',
      id,
      'pre_orders/0/43',
    )
    expect(exitCode).toBe(0)
    expect(asked[0]?.body).toStrictEqual({ ids: [id, 'pre_orders/0/43'] })
    expect(stdout).toMatch(/pre_orders\/0\/42 +redriven\npre_orders\/0\/43 +was redriven before\n/)
  })

  it('sends the content of a file instead, under the type that the letter claims to be or the one that is named', async () => {
    const content = { source: 'web', reference: '7' }
    const { asked } = await against(redriving({}), 'redrive', id, '--with', file)
    expect(asked[1]?.body).toStrictEqual({ ids: [id], replacement: { type: 'PreOrder', content } })
    const named = await against(redriving({}), 'redrive', id, '--with', file, '--type', 'Other')
    expect(named.asked[0]?.body).toStrictEqual({ ids: [id], replacement: { type: 'Other', content } })
  })

  it('exits 1 and names the field when the content is no such message, 4 when the letter is gone', async () => {
    const problem = 'json: cannot decode field order.v1.PreOrder.lines'
    const wrong = redriving({ kind: 'invalid_replacement', problem })
    const { exitCode, stdout } = await against(wrong, 'redrive', id, '--with', file, '--json')
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toStrictEqual({
      letters: [{ letterId: id, kind: 'invalid_replacement', problem }],
    })
    expect((await against(redriving({ kind: 'gone' }), 'redrive', id)).exitCode).toBe(4)
  })

  it('redrives all open ones, topic by topic, or only those of one', async () => {
    for (const which of [['--all'], ['--topic', 'pre_orders']]) {
      const { exitCode, asked } = await against(redriving({}), 'redrive', ...which)
      expect(exitCode).toBe(0)
      const bodies = asked.filter(({ method }) => method === 'POST').map(({ body }) => body)
      expect(bodies).toStrictEqual([{ topic: 'pre_orders' }])
    }
    const { exitCode, stdout } = await against(redriving({}), 'redrive', '--topic', 'new_orders')
    expect([exitCode, stdout]).toStrictEqual([0, 'no dead letters\n'])
  })

  it('only says which ones in a dry run', async () => {
    const { exitCode, stdout, asked } = await against(redriving({}), 'redrive', '--all', '--dry-run')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/pre_orders\/0\/42[^]*nothing was done/)
    expect(asked.at(-1)?.body).toStrictEqual({ topic: 'pre_orders', dryRun: true })
  })

  it('exits 2 for bad usage', async () => {
    for (const [args, complaint] of [
      [[], /say which ones: their ids, --topic or --all/],
      [['--all', '--topic', 'pre_orders'], /say which ones/],
      [['--all', '--with', file], /--with goes with the id of one dead letter/],
      [[id, '--type', 'PreOrder'], /--type goes with --with/],
      [[id, '--with', join(folder, 'nope.json')], /nope.json cannot be read as JSON: ENOENT/],
    ] as const) {
      const { exitCode, stderr } = await run(['dead-letters', 'redrive', ...args])
      about(stderr, () => expect(exitCode).toBe(2))
      expect(stderr).toMatch(complaint)
    }
  })
})
