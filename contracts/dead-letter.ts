import type { Actor } from './actor.ts'

/** topic/partition/offset of the message that could not be read. */
export const deadLetterIdForm = /^([a-z._]{1,100})\/(\d{1,10})\/(\d{1,19})$/

/** Another content for a dead letter: the message's type and its protobuf JSON. */
export type Replacement = { type: string; json: string }

/** A workflow carries its letters and what became of them; more than these are redriven in several goes. */
export const maxLettersPerRedrive = 10_000

/** The input of the redrive workflow: `replacement` only with a single letter. */
export type Redrive = { redriveId: string; letterIds: string[]; by: Actor; replacement?: Replacement }

/** `redriveId` tells a repeat of this very request from another one. */
export type RedriveLetter = { redriveId: string; letterId: string; by: Actor; replacement?: Replacement }

export type RedrivenLetter =
  | { letterId: string; kind: 'redriven' }
  /** It was redriven before, or Kafka has dropped it. */
  | { letterId: string; kind: 'already_redriven' | 'gone' }
  /** The replacement is no such message; nothing was published. */
  | { letterId: string; kind: 'invalid_replacement'; problem: string }

export type DeadLetterActivities = {
  /** Publishes the letter's message to its topic again, once, and marks it. */
  redriveLetter(request: RedriveLetter): Promise<RedrivenLetter>
}

/** What the workflow returns, and its query `getRedrive` answers on the way. */
export type RedriveProgress = { total: number; done: RedrivenLetter[] }
