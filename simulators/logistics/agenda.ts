import { Heap } from 'heap-js'

export type Agenda = {
  /** Does `what` at the time `at` (ms); at once, yet never before `add` has returned, when that is past. */
  add(at: number, what: () => void): void
  readonly size: number
  stop(): void
}

const LONGEST_TIMER = 2 ** 31 - 1

/** Everything that is to happen later, on one timer. What falls on the same time happens in the order of adding. */
export function createAgenda(now: () => number = Date.now): Agenda {
  const heap = new Heap<{ at: number; nth: number; what: () => void }>((a, b) => a.at - b.at || a.nth - b.nth)
  let added = 0
  let timer: NodeJS.Timeout | undefined
  let ringsAt = Number.POSITIVE_INFINITY

  const arm = () => {
    const next = heap.peek()
    if (!next || next.at >= ringsAt) return
    clearTimeout(timer)
    ringsAt = next.at
    timer = setTimeout(ring, Math.min(Math.max(next.at - now(), 0), LONGEST_TIMER))
  }
  const ring = () => {
    ringsAt = Number.POSITIVE_INFINITY
    const time = now()
    for (let next = heap.peek(); next && next.at <= time; next = heap.peek()) {
      heap.pop()
      next.what()
    }
    arm()
  }
  return {
    add: (at, what) => {
      heap.push({ at, nth: added++, what })
      arm()
    },
    get size() {
      return heap.size()
    },
    stop: () => {
      clearTimeout(timer)
      ringsAt = Number.NEGATIVE_INFINITY
    },
  }
}
