import { expect, it } from '@jest/globals'
import { about } from '#platform/testing/expect.ts'
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
    about(JSON.stringify(text), () => expect(visible(text)).not.toMatch(/[^\P{C}\n\t]|[\u2028\u2029]/u))
    expect(visible(text)).toMatch(/\\u[0-9a-f]{4}/)
  }
  expect(visible('\u001b[31mred')).toBe('\\u001b[31mred')
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
    expect(visible(text)).toBe(text)
})

it('JSON says the same to programs', () => {
  for (const text of nasty) {
    const value = { name: text, list: [text] }
    const json = asJson(value)
    expect(JSON.parse(json)).toStrictEqual(value)
    expect(json).not.toMatch(/[^\P{C}\n\t]|[\u2028\u2029]/u)
  }
})

it('all texts of an answer are cleaned, names of fields as well', () => {
  expect(clean({ a: ['\u001bx', { '\u001bb': '\u001by' }], n: 1, none: null })).toStrictEqual({
    a: ['\\u001bx', { '\\u001bb': '\\u001by' }],
    n: 1,
    none: null,
  })
  expect(coloured('\u001b[31mred\u001b[39m \u001b[2J')).toBe('\u001b[31mred\u001b[39m \\u001b[2J')
  expect(oneLine('one\n  two\tthree\u001b')).toBe('one two three\\u001b')
})
