import type { Command } from 'commander'
import type { Mail, MailPage } from '#contracts/rest/mails.ts'
import type { Context } from '../session/context.ts'
import { inUtc } from '../text/format.ts'
import type { Json } from './options.ts'

type Flags = Json & { order?: string; limit: string; cursor?: string }

export function addMailsCommand(program: Command, context: Context): void {
  program
    .command('mails')
    .description('what was written to customers, newest first')
    .option('--order <id>', 'only about this order')
    .option('--limit <n>', 'so many, 1 to 200', '50')
    .option('--cursor <text>', 'the next page, as the page before named it')
    .option('--json', 'as one JSON document')
    .action(async ({ order, limit, cursor, json }: Flags) => {
      const query = { orderId: order, limit, cursor }
      const page = await context.gateway().get<MailPage>('/v1/mails', query)
      context.tell(json, page, mailsInWords)
    })
}

function mailsInWords({ mails, nextCursor }: MailPage): string {
  if (mails.length === 0) return 'no mails'
  const more = nextCursor ? [`next page: --cursor ${nextCursor}`] : []
  return [...mails.map(mailInWords), ...more].join('\n\n')
}

const mailInWords = ({ at, orderId, recipient, subject, text }: Mail): string =>
  [
    `${inUtc(at)}  to ${recipient}  about ${orderId}`,
    `  ${subject}`,
    text.trimEnd().replace(/^(?=.)/gm, '    '),
  ].join('\n')
