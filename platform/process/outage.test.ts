import { expect, test } from '@jest/globals'
import { createOutage } from './outage.ts'

test('tells once that something fails, and once that it works again', () => {
  const heard: string[] = []
  const outage = createOutage({
    onBegin: (error) => heard.push(String(error)),
    onEnd: () => heard.push('works again'),
  })
  outage.works()
  outage.failed('refused')
  outage.failed('refused again')
  outage.works()
  outage.works()
  outage.failed('lost')
  expect(heard).toStrictEqual(['refused', 'works again', 'lost'])
})
