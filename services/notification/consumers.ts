import type { OrderEvent } from '#contracts/notification.ts'
import type { IncomingMessage } from '#platform/kafka.ts'
import type { Logger } from '#platform/logger.ts'
import { traceIdOf } from '#platform/trace.ts'
import { readEvent } from './events.ts'
import { hasTemplate, type Mail, mailOf } from './mails.ts'
import type { Recipients } from './recipients.ts'
import type { NotificationStore } from './store.ts'

type Dependencies = {
  store: Pick<NotificationStore, 'record'>
  recipients: Recipients
  clock: () => Date
  logger: Logger
}

/** Makes of every event a live update, and of some a mail: of each once. */
export function createNotificationConsumer({ store, recipients, clock, logger }: Dependencies) {
  return async (message: Pick<IncomingMessage, 'headers' | 'value'>): Promise<void> => {
    const read = readEvent(message)
    if (!read) return
    const { event, traceparent } = read
    const mail = hasTemplate(event) ? await mailFor(event) : undefined
    const isNew = await store.record(event, mail)
    if (!isNew || !mail) return
    // Names and addresses are nobody's business who reads a log.
    const { id: messageId, template } = mail
    logger
      .child({ orderId: event.orderId, traceId: traceIdOf(traceparent) })
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
