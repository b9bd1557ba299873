import { Runtime } from '@temporalio/worker'

export const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** Faults that a test makes on purpose are no news. To be called before anything connects. */
export const beQuiet = () =>
  Runtime.install({ telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } }, logger: quiet })
