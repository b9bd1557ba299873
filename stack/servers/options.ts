import type { Ports } from './ports.ts'

export type ServerOptions = {
  dataFolder: string
  logFolder: string
  /** Survives a stop and a kill; otherwise the fastest settings, and the data is lost. */
  durable: boolean
  ports: Ports
}
