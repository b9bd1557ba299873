import { Drawer, Text, UnstyledButton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Mail } from '#contracts/rest/mails.ts'
import { mailsQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { DataTable } from '../ui/data-table.tsx'
import { shortId } from '../ui/format.ts'
import { Page } from '../ui/page.tsx'
import { When } from '../ui/values.tsx'

const words = texts.console.mails

export function MailsPage() {
  const mails = useInfiniteQuery(mailsQuery())
  const [open, setOpen] = useState<Mail | null>(null)
  return (
    <Page title={words.title} lead={words.lead}>
      <DataTable
        label={words.title}
        list={mails}
        rowsOf={(page) => page.mails}
        keyOf={({ id }) => id}
        empty={words.empty}
        columns={[
          { header: words.at, cell: ({ at }) => <When at={at} /> },
          { header: words.to, cell: ({ recipient }) => recipient },
          {
            header: words.subject,
            cell: (mail) => (
              <UnstyledButton onClick={() => setOpen(mail)} c="var(--mantine-color-anchor)" fz="sm">
                {mail.subject}
              </UnstyledButton>
            ),
          },
          {
            header: words.order,
            cell: ({ orderId }) => (
              <Link to="/console/orders/$orderId" params={{ orderId }}>
                {shortId(orderId)}
              </Link>
            ),
          },
        ]}
      />
      <Drawer opened={open !== null} onClose={() => setOpen(null)} position="right" title={open?.subject}>
        <Text style={{ whiteSpace: 'pre-wrap' }}>{open?.text}</Text>
      </Drawer>
    </Page>
  )
}
