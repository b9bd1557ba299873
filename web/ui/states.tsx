import { Alert, Anchor, Button, Center, Code, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconInbox, IconLock, IconPlugConnectedX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Problem, Unreachable } from '../api/http.ts'
import { texts } from '../texts/index.ts'

/** While something is loaded: as much room as it will take. */
export const Loading = ({ lines = 6 }: { lines?: number }) => (
  <Stack gap="sm" role="status" aria-label={texts.states.loading}>
    {Array.from({ length: lines }, (_, i) => (
      <Skeleton key={i} height={i === 0 ? 28 : 18} width={i === 0 ? '40%' : '100%'} />
    ))}
  </Stack>
)

type EmptyProps = { title: string; children?: ReactNode; action?: ReactNode; icon?: ReactNode }

export const Empty = ({
  title,
  children,
  action,
  icon = <IconInbox size={40} stroke={1.3} />,
}: EmptyProps) => (
  <Center py={60}>
    <Stack align="center" gap="xs" maw={460} ta="center" c="dimmed">
      {icon}
      <Title order={2} c="var(--mantine-color-text)">
        {title}
      </Title>
      {children && <Text c="dimmed">{children}</Text>}
      {action}
    </Stack>
  </Center>
)

/** What went wrong, in words, with what can be done about it. */
export function Failure({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const again = retry && (
    <Button variant="light" mt="xs" onClick={retry}>
      {texts.states.retry}
    </Button>
  )
  if (error instanceof Unreachable)
    return (
      <Empty
        title={texts.states.unreachable}
        icon={<IconPlugConnectedX size={40} stroke={1.3} />}
        action={again}
      >
        {texts.states.unreachableHint}
      </Empty>
    )
  if (error instanceof Problem && error.status === 404)
    return (
      <Empty title={texts.states.notFound} action={<Anchor href="/">{texts.states.home}</Anchor>}>
        {error.message}
      </Empty>
    )
  if (error instanceof Problem && (error.status === 403 || error.status === 401))
    return (
      <Empty title={texts.states.forbidden} icon={<IconLock size={40} stroke={1.3} />}>
        {texts.states.forbiddenHint}
      </Empty>
    )
  return (
    <Alert color="red" icon={<IconAlertTriangle />} title={texts.states.failed} my="md">
      <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
      {error instanceof Problem && error.traceId && (
        <Group gap={6} mt={4}>
          <Text size="xs" c="dimmed">
            {texts.states.trace}
          </Text>
          <Code>{error.traceId}</Code>
        </Group>
      )}
      {again}
    </Alert>
  )
}
