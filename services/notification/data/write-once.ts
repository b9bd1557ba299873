import { createHash } from 'node:crypto'
import { limits } from './redis-keys.ts'

/**
 * In Lua: whether a member was never remembered, and remembers it. Two sets take turns: when the latest is full or old it
 * becomes the one before, and what was in that is forgotten. So the memory of any number of messages has a bound.
 */
export const REMEMBER = `
  local function remember(latest, before, member, most, lifetime)
    if redis.call('SISMEMBER', before, member) == 1 then return false end
    if redis.call('SADD', latest, member) == 0 then return false end
    local count = redis.call('SCARD', latest)
    if count == 1 then redis.call('EXPIRE', latest, 2 * lifetime) end
    if count >= tonumber(most) or redis.call('TTL', latest) <= tonumber(lifetime) then
      redis.call('RENAME', latest, before)
    end
    return true
  end
`

/** What `remember` takes after its two sets. Short: a message's id is remembered by a hash that no other one has. */
export const memberOf = (
  id: string,
  most: number = limits.done,
): [member: string, most: string, lifetime: string] => [
  createHash('sha256').update(id).digest('base64url').slice(0, 16),
  String(most),
  String(limits.doneFor),
]
