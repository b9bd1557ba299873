import { describe, expect, it } from '@jest/globals'
import { about, ensure } from '#platform/testing/expect.ts'
import { composed, isText, textProblem, tidied } from './texts.ts'

const limits = { max: 20 }
const problem = (text: string) => textProblem(text, limits)

describe('texts', () => {
  it('takes what people write, in all their scripts', () => {
    const right = [
      'Ada Lovelace',
      'Zoë',
      'Łódź',
      '李小龍',
      'مریم می\u200cخواهم',
      'क\u094d\u200dष',
      'Ann 👩‍👩‍👧‍👦',
      '❤️ 👍🏽',
      '🏴󠁧󠁢󠁥󠁮󠁧󠁿 England',
      'a\u0301',
      '½ inch – 5 µm',
      '葛\u{E0100}飾',
    ]
    for (const text of right) about(JSON.stringify(text), () => expect(problem(text)).toBeUndefined())
  })

  it('takes no control characters, line breaks, lone surrogates, noncharacters or what stands for broken bytes', () => {
    for (const text of [
      'a\0b',
      'a\nb',
      'a\tb',
      'a\x7fb',
      'a\x9bb',
      'a\u2028b',
      'a\ud83d',
      '\udc00a',
      'a\ufffe',
      'caf\ufffd',
    ])
      about(JSON.stringify(text), () => expect(problem(text) ?? '').toMatch(/control characters/))
  })

  it('takes no marks that cannot be seen, or that turn the direction of writing', () => {
    const marks = [
      '\u200b',
      '\u200d',
      '\u200c',
      '\u2060',
      '\ufeff',
      '\u00ad',
      '\u202e',
      '\u2066',
      '\u200e',
      '\u061c',
      '\u{E0041}',
      '\u3164',
      '\u180e',
    ]
    for (const mark of marks)
      about(JSON.stringify(mark), () => expect(problem(`a${mark}b`) ?? '').toMatch(/cannot be seen/))
  })

  it('takes no text in which there is nothing to see', () => {
    for (const text of [' ', '\u00a0', '\u3000 ', '\u200b', '\u2800', '\u3164', '\u00ad', '\u0301'])
      about(JSON.stringify(text), () => expect(problem(text)).toBe('must not be blank'))
    expect(problem('')).toBe('must be 1 to 20 characters')
    expect(textProblem('', { max: 20, min: 0 })).toBeUndefined()
    expect(textProblem(' ', { max: 20, min: 0 })).toBe('must not be blank')
  })

  it('counts characters as people do', () => {
    expect(isText('👩🏿‍❤️‍💋‍👩🏿'.repeat(20), limits)).toBeTruthy()
    expect(isText('e\u0301'.repeat(20), limits)).toBeTruthy()
    expect(isText('e\u0301'.repeat(21), limits)).toBeFalsy()
    expect(isText('x'.repeat(21), limits)).toBeFalsy()
  })

  it('counts the bytes of what becomes a key', () => {
    const key = { max: 20, maxBytes: 30 }
    expect(isText('é'.repeat(15), key)).toBeTruthy()
    expect(textProblem('é'.repeat(16), key)).toBe('must be 1 to 20 characters, and at most 30 bytes')
  })

  it('takes no hundred accents on one letter', () => {
    expect(problem(`e${'\u0301'.repeat(100)}`) ?? '').toMatch(/8 marks on one letter/)
  })

  it('has one form of what looks the same', () => {
    expect(composed('Zoe\u0308')).toBe('Zoë')
  })

  it('is quick with a text of a megabyte', () => {
    const started = performance.now()
    expect(isText('\u{1F3F4}'.repeat(250_000), limits)).toBeFalsy()
    expect(isText(`\u{1F3F4}${'\u{E0067}'.repeat(250_000)}`, { max: 1_000_000 })).toBeFalsy()
    expect(tidied('é '.repeat(250_000), limits)).toBe('é '.repeat(10).trim())
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('makes the nearest right text of any other', () => {
    expect(tidied(' RED\nBAG\0 \u202eof\u200b\t10 ', limits)).toBe('RED BAG of 10')
    expect(tidied('\u200b \n', limits)).toBe('')
    expect(tidied('👩‍👩‍👧'.repeat(30), limits)).toBe('👩‍👩‍👧'.repeat(20))
    for (const text of ['a\ud83d', `e${'\u0301'.repeat(300)}`, 'x'.repeat(99), '\ufeffBOM', 'a\ufffeb'])
      ensure(isText(tidied(text, limits), limits) || tidied(text, limits) === '', JSON.stringify(text))
  })
})
