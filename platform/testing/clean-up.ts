import { afterEach } from '@jest/globals'

/** Called at the top of a test file; what a test gives to the function is done after that test, the last first. */
export function cleanUpAfterEach(): (undo: () => unknown) => void {
  const undos: (() => unknown)[] = []
  afterEach(async () => {
    for (let undo = undos.pop(); undo; undo = undos.pop()) await undo()
  })
  return (undo) => void undos.push(undo)
}
