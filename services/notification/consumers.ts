import type { OrderEvent } from '#contracts/notification.ts'
import type { IncomingMessage } from '#platform/kafka/kafka.ts'
import type { Logger } from '#platform/process/logger.ts'
import { traceIdOf } from '#platform/process/trace.ts'
import { hasTemplate, type Mail, mailOf } from './domain/mails.ts'
import { readEvent, readOrSkip } from './events.ts'
import { countedIn } from './overview/counted.ts'
import type { OverviewStore } from './overview/store.ts'
import type { Recipients } from './recipients.ts'
import type { NotificationStore } from './store.ts'

type Message = Pick<IncomingMessage, 'headers' | 'value'>

/** Makes a live update of every event, once. */
export function createUpdateConsumer(store: Pick<NotificationStore, 'recordUpdate'>) {
  return async (message: Message): Promise<void> => {
    const read = readEvent(message)
    if (read) await store.recordUpdate(read.event)
  }
}

/** Counts every event, once. */
export function createOverviewConsumer(overview: Pick<OverviewStore, 'count'>) {
  return async (message: Message): Promise<void> => {
    const counted = countedIn(message)
    if (counted) await overview.count(counted)
  }
}

type MailDependencies = {
  store: Pick<NotificationStore, 'recordMail'>
  recipients: Recipients
  clock: () => Date
  logger: Logger
}

/** Makes a mail of every event that has a template, once. */
export function createMailConsumer({ store, recipients, clock, logger }: MailDependencies) {
  return async (message: Message): Promise<void> => {
    const read = readOrSkip(message)
    if (!read || !hasTemplate(read.event)) return
    const mail = await mailFor(read.event)
    const isNew = mail && (await store.recordMail(mail))
    if (!isNew) return
    // Names and addresses are nobody's business who reads a log.
    const { id: messageId, orderId, template } = mail
    logger
      .child({ orderId, traceId: traceIdOf(read.traceparent) })
      .info({ messageId, template }, `mail ${template}`)
  }

  async function mailFor(event: OrderEvent): Promise<Mail | undefined> {
    const { id, orderId, customerId } = event
    const recipient = await recipients.find(customerId)
    const text = mailOf(event, recipient?.name ?? '')
    const at = clock().toISOString()
    return text && { id, orderId, customerId, ...text, recipient: recipient?.email ?? '', at }
  }
}
