export type Heap<T> = {
  push(item: T): void
  peek(): T | undefined
  pop(): T | undefined
  readonly size: number
}

/** A binary min-heap: `before` tells which of two items comes first. */
export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = []
  const goesBefore = (i: number, j: number) => {
    const [a, b] = [items[i], items[j]]
    return a !== undefined && b !== undefined && before(a, b)
  }
  const swap = (i: number, j: number) => {
    ;[items[i], items[j]] = [items[j] as T, items[i] as T]
  }
  const up = (start: number) => {
    for (let i = start; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!goesBefore(i, parent)) return
      swap(i, parent)
      i = parent
    }
  }
  const down = () => {
    for (let i = 0; ; ) {
      let first = i
      for (const child of [2 * i + 1, 2 * i + 2]) if (goesBefore(child, first)) first = child
      if (first === i) return
      swap(i, first)
      i = first
    }
  }
  return {
    push: (item) => up(items.push(item) - 1),
    peek: () => items[0],
    pop: () => {
      const top = items[0]
      const last = items.pop()
      if (last !== undefined && items.length > 0) {
        items[0] = last
        down()
      }
      return top
    },
    get size() {
      return items.length
    },
  }
}
