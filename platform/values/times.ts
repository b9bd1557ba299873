const earliest = Date.UTC(2000, 0)
/** In ms: for clocks that are wrong, and for those who write their own time as UTC. */
const ahead = 24 * 3_600_000

/** Times that others tell: a list that is sorted by them is led by the latest, so none is far in the future. */
export const isTimely = (time: Date, now: Date): boolean =>
  time.getTime() >= earliest && time.getTime() <= now.getTime() + ahead

export const timelyInWords = 'from the year 2000 to a day from now'
