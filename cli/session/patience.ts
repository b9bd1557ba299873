/** In ms; the gateway itself gives up after ten seconds. */
const ANSWER_MAY_TAKE = 12_000
/** Whoever types a command would rather be told than wait longer, in ms. */
const LONGEST_WAIT = 10_000

/** How long a command waits for the gateway at `url`. */
export const asking = (url: string) => ({ url, mayTake: ANSWER_MAY_TAKE, patience: LONGEST_WAIT })
