import { type Command, InvalidArgumentError, Option } from 'commander'
import { maxDeliveriesListed } from '#contracts/limits.ts'
import { eventTypes } from '#contracts/notification.ts'
import type { CreatedWebhook, Webhook, WebhookDelivery } from '#contracts/rest/webhooks.ts'
import type { Context } from '../session/context.ts'
import { inUtc } from '../text/format.ts'
import { table } from '../text/table.ts'
import { type Json, type Keyed, keyOption } from './options.ts'

const path = '/v1/webhooks'
const pathOf = (webhookId: string) => `${path}/${encodeURIComponent(webhookId)}`

/** Partners that hear of events by HTTP. */
export function addWebhookCommands(program: Command, context: Context): void {
  const webhooks = program.command('webhooks').description('partners that hear of events by HTTP')
  addList(webhooks, context)
  addAdd(webhooks, context)
  addRemove(webhooks, context)
  addDeliveries(webhooks, context)
  addRedeliver(webhooks, context)
}

function addList(webhooks: Command, context: Context): void {
  webhooks
    .command('list')
    .description('who hears of events')
    .option('--json', 'as one JSON document')
    .action(async ({ json }: Json) => {
      const found = await context.gateway().get<{ webhooks: Webhook[] }>(path)
      context.tell(json, found, ({ webhooks }) => webhooksTable(webhooks))
    })
}

function webhooksTable(webhooks: readonly Webhook[]): string {
  if (webhooks.length === 0) return 'no webhooks'
  const rows = webhooks.map(({ webhookId, url, events, createdAt, paused }) => [
    webhookId,
    url,
    inUtc(createdAt),
    events.join(', ') || 'all',
    paused ? 'paused' : '',
  ])
  return table(rows, ['webhook', 'address', 'since', 'events', ''])
}

function addAdd(webhooks: Command, context: Context): void {
  webhooks
    .command('add')
    .argument('<url>', 'where events go; the configuration must allow it')
    .description('let a partner hear of events; tells the secret that they are signed with, once')
    .addOption(
      new Option('--events <list>', 'only these, with commas between').argParser(events).default([], 'all'),
    )
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
    .action(async (url: string, { json, events, key }: Json & Keyed & { events: string[] }) => {
      const created = await context.gateway().post<CreatedWebhook>(path, { url, events }, context.key(key))
      context.tell(
        json,
        created,
        ({ webhookId, secret }) =>
          `webhook ${webhookId} is registered\nits secret, told only here: ${secret}`,
      )
    })
}

function events(text: string): string[] {
  const given = text.split(',').map((one) => one.trim())
  const unknown = given.find((one) => !(eventTypes as readonly string[]).includes(one))
  if (unknown === undefined) return given
  throw new InvalidArgumentError(`"${unknown}" is no event; there are ${eventTypes.join(', ')}.`)
}

function addRemove(webhooks: Command, context: Context): void {
  webhooks
    .command('remove')
    .argument('<id>', 'the webhook')
    .description('tell a partner no more')
    .option('--json', 'as one JSON document')
    .action(async (webhookId: string, { json }: Json) => {
      await context.gateway().remove(pathOf(webhookId))
      context.tell(json, { webhookId, removed: true }, () => `webhook ${webhookId} is removed`)
    })
}

function addDeliveries(webhooks: Command, context: Context): void {
  webhooks
    .command('deliveries')
    .argument('<id>', 'the webhook')
    .description('what became of the latest deliveries, newest first')
    .option('--json', 'as one JSON document')
    .action(async (webhookId: string, { json }: Json) => {
      const found = await context
        .gateway()
        .get<{ deliveries: WebhookDelivery[] }>(
          `${pathOf(webhookId)}/deliveries?limit=${maxDeliveriesListed}`,
        )
      context.tell(json, found, ({ deliveries }) => deliveriesTable(deliveries))
    })
}

function deliveriesTable(deliveries: readonly WebhookDelivery[]): string {
  if (deliveries.length === 0) return 'no deliveries'
  const rows = deliveries.map((one) => [
    one.deliveryId,
    one.event,
    one.orderId ?? 'a test',
    one.status,
    `${one.attempts}`,
    one.attemptedAt ? inUtc(one.attemptedAt) : '',
    one.lastAnswer ?? '',
  ])
  return table(rows, ['delivery', 'event', 'order', 'status', 'attempts', 'last at', 'answer'])
}

function addRedeliver(webhooks: Command, context: Context): void {
  webhooks
    .command('redeliver')
    .argument('<id>', 'the webhook')
    .argument('<delivery>', 'one of its deliveries')
    .description('send it again, under the same id')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
    .action(async (webhookId: string, deliveryId: string, { json, key }: Json & Keyed) => {
      const to = `${pathOf(webhookId)}/deliveries/${encodeURIComponent(deliveryId)}/redeliver`
      const answer = await context.gateway().post<object>(to, {}, context.key(key))
      context.tell(json, answer, () => `it is being sent; order-saga webhooks deliveries ${webhookId}`)
    })
}
