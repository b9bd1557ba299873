import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { composed, isText, textProblem, tidied } from './texts.ts'

const limits = { most: 20 }
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
    for (const text of right) assert.equal(problem(text), undefined, JSON.stringify(text))
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
      assert.match(problem(text) ?? '', /control characters/, JSON.stringify(text))
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
    for (const mark of marks) assert.match(problem(`a${mark}b`) ?? '', /cannot be seen/, JSON.stringify(mark))
  })

  it('takes no text in which there is nothing to see', () => {
    for (const text of [' ', '\u00a0', '\u3000 ', '\u200b', '\u2800', '\u3164', '\u00ad', '\u0301'])
      assert.equal(problem(text), 'must not be blank', JSON.stringify(text))
    assert.equal(problem(''), 'must be 1 to 20 characters')
    assert.equal(textProblem('', { most: 20, least: 0 }), undefined)
    assert.equal(textProblem(' ', { most: 20, least: 0 }), 'must not be blank')
  })

  it('counts characters as people do', () => {
    assert.ok(isText('👩🏿‍❤️‍💋‍👩🏿'.repeat(20), limits))
    assert.ok(isText('e\u0301'.repeat(20), limits))
    assert.ok(!isText('e\u0301'.repeat(21), limits))
    assert.ok(!isText('x'.repeat(21), limits))
  })

  it('counts the bytes of what becomes a key', () => {
    const key = { most: 20, mostBytes: 30 }
    assert.ok(isText('é'.repeat(15), key))
    assert.equal(textProblem('é'.repeat(16), key), 'must be 1 to 20 characters, and at most 30 bytes')
  })

  it('takes no hundred accents on one letter', () => {
    assert.match(problem(`e${'\u0301'.repeat(100)}`) ?? '', /8 marks on one letter/)
  })

  it('has one form of what looks the same', () => {
    assert.equal(composed('Zoe\u0308'), 'Zoë')
  })

  it('is quick with a text of a megabyte', () => {
    const started = performance.now()
    assert.ok(!isText('\u{1F3F4}'.repeat(250_000), limits))
    assert.ok(!isText(`\u{1F3F4}${'\u{E0067}'.repeat(250_000)}`, { most: 1_000_000 }))
    assert.equal(tidied('é '.repeat(250_000), limits), 'é '.repeat(10).trim())
    assert.ok(performance.now() - started < 5_000)
  })

  it('makes the nearest right text of any other', () => {
    assert.equal(tidied(' RED\nBAG\0 \u202eof\u200b\t10 ', limits), 'RED BAG of 10')
    assert.equal(tidied('\u200b \n', limits), '')
    assert.equal(tidied('👩‍👩‍👧'.repeat(30), limits), '👩‍👩‍👧'.repeat(20))
    for (const text of ['a\ud83d', `e${'\u0301'.repeat(300)}`, 'x'.repeat(99), '\ufeffBOM', 'a\ufffeb'])
      assert.ok(isText(tidied(text, limits), limits) || tidied(text, limits) === '', JSON.stringify(text))
  })
})
