import { randomBytes } from 'node:crypto'
import { oldSecretSigns } from '#contracts/limits.ts'
import type { Webhook } from './store.ts'

/** How many old secrets may sign beside the new one: each is one more signature in every header. */
export const maxOldSecrets = 4

export const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`

/** What signs at a time, the newest first. */
export const secretsAt = (webhook: Webhook, at: Date): string[] => [
  webhook.secret,
  ...oldSecretsAt(webhook, at).map(({ secret }) => secret),
]

/** Those from before a rotation that still sign, the newest first. */
export const oldSecretsAt = ({ oldSecrets }: Webhook, at: Date): Webhook['oldSecrets'] =>
  oldSecrets.filter(({ until }) => new Date(until) > at)

/** Undefined when too many old secrets sign already. A repeat of the last rotation changes nothing. */
export function rotated(webhook: Webhook, key: string, secret: string, now: Date): Webhook | undefined {
  if (key !== '' && webhook.rotation === key) return webhook
  const stillSign = oldSecretsAt(webhook, now)
  if (stillSign.length >= maxOldSecrets) return undefined
  const until = new Date(now.getTime() + oldSecretSigns * 3_600_000).toISOString()
  return { ...webhook, secret, rotation: key, oldSecrets: [{ secret: webhook.secret, until }, ...stillSign] }
}
