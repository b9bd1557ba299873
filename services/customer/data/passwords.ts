import { hash, verify } from '@node-rs/argon2'

/** Only hashes of passwords are kept. All of it is work for other threads, some 20 ms each. */
export type Passwords = {
  hash(password: string): Promise<string>
  /** Without a hash the answer is no, and takes as long. */
  matches(hash: string | undefined, password: string): Promise<boolean>
}

/** Argon2id, the library's standard, with what OWASP asks for at least: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export function createPasswords(): Passwords {
  const nobodys = hash(crypto.randomUUID(), cost)
  return {
    hash: (password) => hash(asTyped(password), cost),
    matches: async (kept, password) => {
      const matches = await verify(kept ?? (await nobodys), asTyped(password))
      return matches && kept !== undefined
    },
  }
}

/** One keyboard writes é as one character, another as two. */
const asTyped = (password: string) => password.normalize('NFKC')
