import { createHash } from 'node:crypto'

/** A number in [0, 1) that follows from the seed and the words: the same words roll the same number again. */
export type Roll = (words: string) => number

export function createRoll(seed: string): Roll {
  return (words) => createHash('sha256').update(`${seed}/${words}`).digest().readUInt32BE() / 2 ** 32
}

/** A stream of numbers in [0, 1): the same seed, the same stream. */
export function createRandom(seed: string): () => number {
  const roll = createRoll(seed)
  let drawn = 0
  return () => roll(String(drawn++))
}
