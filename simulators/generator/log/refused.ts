/** A file that is not replayed: what is wrong, where, and what would be right. */
export class LogRefused extends Error {
  override name = 'LogRefused'
}

/** One line of a terminal: nothing in it can move the cursor, and nobody scrolls for a megabyte. */
export const quoted = (text: string): string => {
  const visible = text.replace(/[\p{Cc}\p{Cf}]/gu, '�')
  return `"${visible.length > 60 ? `${visible.slice(0, 60)}…` : visible}"`
}
