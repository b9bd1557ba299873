import { TestEnvironment } from 'jest-environment-node'

const ordinary = Function.prototype[Symbol.hasInstance]

/**
 * Jest runs tests in a sandbox with built-ins of its own, so what Node itself throws would be no `instanceof Error` there.
 * Here an error of either kind is one, as it is everywhere else.
 */
export default class Environment extends TestEnvironment {
  constructor(...args: ConstructorParameters<typeof TestEnvironment>) {
    super(...args)
    const nodes = new Map<unknown, unknown>(
      [Error, TypeError, RangeError, SyntaxError, AggregateError].map((type) => [
        (this.global as unknown as Record<string, unknown>)[type.name],
        type,
      ]),
    )
    Object.defineProperty(this.global.Error, Symbol.hasInstance, {
      value(this: unknown, value: unknown) {
        const twin = nodes.get(this)
        return ordinary.call(this, value) || (twin !== undefined && ordinary.call(twin, value))
      },
    })
  }
}
