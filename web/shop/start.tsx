import {
  Alert,
  Anchor,
  Avatar,
  Button,
  Card,
  Container,
  Group,
  PasswordInput,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from '@mantine/core'
import { IconArrowRight, IconBuildingStore, IconTimeline } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { Demo, DemoSignIn } from '#contracts/rest/demo.ts'
import type { SignIn } from '#contracts/rest/users.ts'
import { demoQuery, signIn } from '../api/demo.ts'
import { currentSession } from '../api/session.ts'
import { texts } from '../texts/index.ts'
import { Logo } from '../ui/logo.tsx'
import { SchemeToggle } from '../ui/scheme-toggle.tsx'

const { start } = texts

/** What this is, and who you want to be. */
export function StartPage() {
  const { back } = useSearch({ from: '/' })
  const navigate = useNavigate()
  const demo = useQuery(demoQuery)
  const entering = useMutation({
    mutationFn: (as: SignIn | DemoSignIn) => signIn(as),
    onSuccess: async () => {
      const home = currentSession()?.role === 'staff' ? '/console' : '/shop'
      // Not to a page of the other role.
      await navigate({ href: back?.startsWith(home) ? back : home })
    },
  })
  return (
    <Container size="lg" component="main">
      <Group justify="space-between" py="md">
        <Logo />
        <SchemeToggle />
      </Group>
      <Stack gap="xl" py={{ base: 'md', sm: 48 }}>
        <Stack gap="xs" maw={680}>
          <Title order={1} fz={{ base: 28, sm: 40 }} lh={1.15}>
            {start.title}
          </Title>
          <Text size="lg" c="dimmed">
            {start.lead}
          </Text>
        </Stack>
        {back && <Alert color="orange">{start.ended}</Alert>}
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
          {demo.isError || demo.data?.on === false ? null : (
            <DemoCustomers
              customers={demo.data?.customers}
              enter={entering.mutate}
              isEntering={entering.isPending}
            />
          )}
          <Stack gap="lg">
            {demo.data?.staff && <Behind enter={() => entering.mutate({ as: 'staff' })} />}
            <Password enter={entering.mutate} isEntering={entering.isPending} error={entering.error} />
          </Stack>
        </SimpleGrid>
        <Group gap="lg">
          <Anchor href="/docs/">{start.docs}</Anchor>
        </Group>
      </Stack>
    </Container>
  )
}

type Entering = { enter: (as: SignIn | DemoSignIn) => void; isEntering: boolean }

function DemoCustomers({
  customers,
  enter,
  isEntering,
}: Entering & { customers: Demo['customers'] | undefined }) {
  return (
    <Card withBorder padding="lg">
      <Group gap="xs" mb={4}>
        <IconBuildingStore size={22} stroke={1.6} />
        <Title order={2}>{start.shopTitle}</Title>
      </Group>
      <Text c="dimmed" mb="md">
        {start.shopLead}
      </Text>
      <Stack gap={6}>
        {customers?.map(({ customerId, name, city, country }) => (
          <UnstyledButton
            key={customerId}
            className="choice"
            disabled={isEntering}
            onClick={() => enter({ as: 'customer', customerId })}
            data-testid="demo-customer"
          >
            <Group wrap="nowrap">
              <Avatar aria-hidden name={name} color="initials" radius="xl" />
              <div style={{ flex: 1 }}>
                <Text fw={600}>{name}</Text>
                <Text size="sm" c="dimmed">
                  {city}, {country}
                </Text>
              </div>
              <IconArrowRight size={18} stroke={1.6} />
            </Group>
          </UnstyledButton>
        )) ?? [0, 1, 2, 3, 4, 5].map((i) => <Skeleton key={i} height={54} />)}
      </Stack>
    </Card>
  )
}

const Behind = ({ enter }: { enter: () => void }) => (
  <Card withBorder padding="lg">
    <Group gap="xs" mb={4}>
      <IconTimeline size={22} stroke={1.6} />
      <Title order={2}>{start.consoleTitle}</Title>
    </Group>
    <Text c="dimmed" mb="md">
      {start.consoleLead}
    </Text>
    <Button onClick={enter} rightSection={<IconArrowRight size={16} />} style={{ alignSelf: 'flex-start' }}>
      {start.consoleButton}
    </Button>
  </Card>
)

function Password({ enter, isEntering, error }: Entering & { error: Error | null }) {
  const [userName, setUserName] = useState('')
  const [password, setPassword] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    enter({ userName, password })
  }
  return (
    <Card withBorder padding="lg" component="form" onSubmit={submit}>
      <Title order={2} mb="sm">
        {start.withPassword}
      </Title>
      <Stack gap="sm">
        <TextInput
          label={start.userName}
          autoComplete="username"
          required
          value={userName}
          onChange={(event) => setUserName(event.currentTarget.value)}
        />
        <PasswordInput
          label={start.password}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {error && (
          <Alert color="red" role="alert">
            {error.message}
          </Alert>
        )}
        <Button type="submit" variant="default" loading={isEntering}>
          {start.signIn}
        </Button>
      </Stack>
    </Card>
  )
}
