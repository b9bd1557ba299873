import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { about } from '#platform/testing/expect.ts'
import { fullDisk, haveRoom } from './disk-room.ts'

describe('a disk that is full', () => {
  it('is said in one line before anything is started: which folder, how much is free and how much is needed', async () => {
    const folder = join(tmpdir(), 'not', 'there', 'yet')
    await haveRoom([folder], 0)
    await expect(haveRoom([folder], 1e18)).rejects.toMatchObject({
      name: 'UserError',
      message: new RegExp(`^the disk of ${folder} is full: \\d+ MB are free, 1000000000000 MB are needed$`),
    })
  })

  it('is told in one line, whoever met it', () => {
    const faults = {
      node: Object.assign(new Error("ENOSPC: no space left on device, open '/a/b'"), {
        code: 'ENOSPC',
        path: '/a/b',
      }),
      postgres: Object.assign(new Error('could not extend file "base/1/2"'), { code: '53100' }),
      log: new Error('postgres ended. Its log ends with:\nFATAL: could not write: No space left on device'),
    }
    for (const [who, fault] of Object.entries(faults))
      about(who, () =>
        expect(fullDisk(fault) ?? '').toMatch(
          /^the disk[^\n]* is full: [^\n]+; npm start needs 1000 MB at least$/,
        ),
      )
  })

  it('is not the reason of other faults', () => {
    for (const fault of [new Error('no'), { code: 'EACCES' }, undefined, 'text'])
      expect(fullDisk(fault)).toBeUndefined()
  })
})
