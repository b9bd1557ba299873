export type Progress = {
  /** `of` is unknown for a run without an end. */
  show(what: string, done: number, of?: number): void
  /** Leaves the terminal as a new line. */
  end(): void
}

type Terminal = { isTTY?: boolean; write(text: string): unknown }

const WIDTH = 30
const BAR_EVERY = 100
const LINE_EVERY = 5_000

/** A bar on a terminal; elsewhere a plain line every five seconds, and one when something is complete. */
export function createProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  let shownAt = now()
  let last = ''
  return {
    show: (what, done, of) => {
      const complete = done === of
      const due = now() - shownAt >= (terminal.isTTY ? BAR_EVERY : LINE_EVERY)
      const text = terminal.isTTY ? bar(what, done, of) : `${what} ${fraction(done, of)}\n`
      if ((!due && !complete) || text === last) return
      shownAt = now()
      last = text
      terminal.write(text)
    },
    end: () => {
      if (terminal.isTTY && last !== '') terminal.write('\n')
      last = ''
    },
  }
}

const fraction = (done: number, of?: number) => (of === undefined ? `${done}` : `${done}/${of}`)

function bar(what: string, done: number, of?: number): string {
  const filled = of ? Math.round((WIDTH * done) / of) : 0
  const drawn = of === undefined ? '' : `[${'█'.repeat(filled)}${'·'.repeat(WIDTH - filled)}] `
  // Carriage return, the text, and whatever stood behind it erased.
  return `\r${drawn}${what} ${fraction(done, of)}\u001b[K`
}
