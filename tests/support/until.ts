import assert from 'node:assert/strict'

/** Polls until the condition holds; `what` says what was waited for when it does not within `within` ms. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  within = 15_000,
): Promise<void> {
  const deadline = Date.now() + within
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `not within ${within} ms: ${what}`)
    await new Promise((wake) => setTimeout(wake, 20))
  }
}
