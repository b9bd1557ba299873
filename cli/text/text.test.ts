import assert from 'node:assert/strict'
import { it } from 'node:test'
import { asJson, clean, coloured, oneLine, visible } from './text.ts'

const nasty = [
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007',
  'a\rb',
  'a\u0008b',
  '\u009b2J',
  'abc\u202etxt.exe',
  '\u2066x\u2069',
  'z\u200bw',
  '\u{e0041}tag',
  'lone\ud800',
  'line\u2028sep',
]

it('nothing that a terminal obeys or hides is left, and it can be seen that it was there', () => {
  for (const text of nasty) {
    assert.doesNotMatch(visible(text), /[^\P{C}\n\t]|[\u2028\u2029]/u, JSON.stringify(text))
    assert.match(visible(text), /\\u[0-9a-f]{4}/)
  }
  assert.equal(visible('\u001b[31mred'), '\\u001b[31mred')
})

it('what people write stays as it is', () => {
  for (const text of [
    'Zoë Müller',
    'نص عربي',
    'מבחן',
    '日本語',
    '👩‍👩‍👧 ok',
    'two\nlines\tand a tab',
    'می‌خواهم',
  ])
    assert.equal(visible(text), text)
})

it('JSON says the same to programs', () => {
  for (const text of nasty) {
    const value = { name: text, list: [text] }
    const json = asJson(value)
    assert.deepEqual(JSON.parse(json), value)
    assert.doesNotMatch(json, /[^\P{C}\n\t]|[\u2028\u2029]/u)
  }
})

it('all texts of an answer are cleaned, names of fields as well', () => {
  assert.deepEqual(clean({ a: ['\u001bx', { '\u001bb': '\u001by' }], n: 1, none: null }), {
    a: ['\\u001bx', { '\\u001bb': '\\u001by' }],
    n: 1,
    none: null,
  })
  assert.equal(coloured('\u001b[31mred\u001b[39m \u001b[2J'), '\u001b[31mred\u001b[39m \\u001b[2J')
  assert.equal(oneLine('one\n  two\tthree\u001b'), 'one two three\\u001b')
})
