import { Group, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

type PageProps = { title: string; lead?: string; aside?: ReactNode; children: ReactNode }

/** What every page of the console begins with. */
export const Page = ({ title, lead, aside, children }: PageProps) => (
  <Stack gap="md">
    <Group justify="space-between" align="start">
      <div>
        <Title order={1}>{title}</Title>
        {lead && (
          <Text c="dimmed" size="sm">
            {lead}
          </Text>
        )}
      </div>
      {aside}
    </Group>
    {children}
  </Stack>
)
