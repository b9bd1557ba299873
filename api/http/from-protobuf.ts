import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt'

export const isoOf = (timestamp: Timestamp | undefined): string | null =>
  timestamp ? timestampDate(timestamp).toISOString() : null

/** For times that are always set. */
export const isoAt = (timestamp: Timestamp | undefined): string => isoOf(timestamp) ?? ''

/** protobuf has no null: its empty text is ours. */
export const orNull = (value: string): string | null => (value === '' ? null : value)
