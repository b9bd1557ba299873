export type IncomingMessage = {
  topic: string
  partition: number
  offset: string
  /** '' when the message has none. */
  key: string
  value: Uint8Array
  headers: Record<string, string>
  timestamp: Date
}

export type ConsumeOptions = {
  groupId: string
  topics: readonly string[]
  /**
   * Sees one message of a partition after the other, and of a key in any case. Throw UnreadableMessage for what can
   * never be understood; anything else thrown is a fault: the partition waits, and the message comes again until it
   * works.
   */
  onMessage: (message: IncomingMessage) => Promise<void>
  /**
   * How many messages of one partition, of different keys, are handled at the same time; 1 unless said otherwise. After a
   * fault those that came after it are seen again.
   */
  atOnce?: number
  /**
   * A message that fails waits in the group's own topic and is tried again there while its partition goes on. For handlers
   * to whom the order of messages does not matter; several of one key may be in hand at once, handed over in their order.
   * After `longest` ms a message is a dead letter.
   */
  retry?: { longest: number; firstPause?: number }
  /** Unreadable messages go to `<topic>.dlq` (the default); otherwise they count as faults. */
  deadLetter?: boolean
  /** Where a group that never read starts. */
  fromBeginning?: boolean
  /** How many partitions are worked on at the same time. */
  concurrency?: number
}
