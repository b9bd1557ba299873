import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { byOwner, databaseOwners } from '#contracts/services.ts'
import { auditor, type Credentials } from './databases.ts'

/** What nobody else may know of one system. */
export type Secrets = {
  /** The database roles'. */
  passwords: Credentials
  /** The shop's first staff user's, with which the generators and the CLI sign in. */
  staffPassword: string
  /** The demo customers'. */
  demoPassword: string
  /** PKCS#8 PEM, Ed25519: what the gateway signs its tokens with. */
  tokenKey: string
}

/** Made once per project folder, readable by its owner alone. A service that came later is given its password then. */
export async function readSecrets(file: string): Promise<Secrets> {
  const known = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Secrets) : undefined
  if (known && databaseOwners.every((owner) => known.passwords[owner])) return known
  const made = newSecrets()
  const secrets = { ...made, ...known, passwords: { ...made.passwords, ...known?.passwords } }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify(secrets, null, 2), { mode: 0o600 })
  return secrets
}

export function newSecrets(): Secrets {
  const { privateKey } = generateKeyPairSync('ed25519')
  return {
    passwords: { ...byOwner(password), [auditor]: password() },
    staffPassword: password(),
    demoPassword: password(),
    tokenKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const password = () => randomBytes(16).toString('hex')
