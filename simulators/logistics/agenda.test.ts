import { expect, test } from '@jest/globals'
import { createRandom } from '../rolls.ts'
import { createAgenda } from './agenda.ts'

test('five hundred things that are overdue happen in the order of their times', async () => {
  const random = createRandom('agenda')
  const agenda = createAgenda()
  const start = Date.now()
  const times = Array.from({ length: 500 }, () => start - Math.floor(random() * 100))
  const happened: number[] = []
  for (const time of times) agenda.add(time, () => happened.push(time))
  await new Promise<void>((done) => agenda.add(start, done))
  expect(happened).toStrictEqual(times.toSorted((a, b) => a - b))
  expect(agenda.size).toBe(0)
})

test('things happen in the order of their times, and those of one time in the order of adding', async () => {
  const agenda = createAgenda()
  const start = Date.now()
  const happened: string[] = []
  await new Promise<void>((done) => {
    agenda.add(start + 30, () => happened.push('c'))
    agenda.add(start + 10, () => happened.push('a'))
    agenda.add(start + 10, () => happened.push('b'))
    agenda.add(start + 40, done)
    agenda.add(start - 5_000, () => agenda.add(start - 1, () => happened.unshift('first')))
  })
  expect(happened).toStrictEqual(['first', 'a', 'b', 'c'])
  expect(agenda.size).toBe(0)
})

test('nothing happens after the stop', async () => {
  const agenda = createAgenda()
  const happened: string[] = []
  agenda.add(Date.now() + 5, () => happened.push('late'))
  agenda.stop()
  agenda.add(Date.now(), () => happened.push('later'))
  const other = createAgenda()
  await new Promise<void>((done) => other.add(Date.now() + 30, done))
  expect(happened).toStrictEqual([])
})
