import { Button, Card, Group, NumberInput, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useRef, useState } from 'react'
import type { Account, TopUp } from '#contracts/rest/accounts.ts'
import { ask } from '../api/http.ts'
import { accountQuery, customerQuery, entriesQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { formatMoney, shortId } from '../ui/format.ts'
import { Empty, Failure, Loading } from '../ui/states.tsx'
import { tell, tellError } from '../ui/told.ts'
import { Money, When } from '../ui/values.tsx'
import { WideTable } from '../ui/wide-table.tsx'
import { useCustomerId } from './me.ts'

const words = texts.shop.account

export function AccountPage() {
  const customerId = useCustomerId()
  const account = useQuery(accountQuery(customerId))
  if (account.isPending) return <Loading />
  if (account.isError) return <Failure error={account.error} retry={() => void account.refetch()} />
  return (
    <Stack maw={860} mx="auto">
      <Title order={1}>{words.title}</Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Card withBorder padding="lg">
          <Text c="dimmed">{words.balance}</Text>
          <Money amount={account.data.balance} currency={account.data.currency} fw={700} fz={34} />
          <TopUpForm account={account.data} />
        </Card>
        <Contact customerId={customerId} />
      </SimpleGrid>
      <Entries customerId={customerId} currency={account.data.currency} />
    </Stack>
  )
}

const most = 100_000

function TopUpForm({ account: { customerId, currency } }: { account: Account }) {
  const queries = useQueryClient()
  const [amount, setAmount] = useState<string | number>(50)
  // A new key for each top-up that was carried out: a second click on the same one adds nothing.
  const key = useRef(crypto.randomUUID())
  const minor = Math.round(Number(amount) * 100)
  const isRight = minor >= 1 && minor <= most * 100
  const topping = useMutation({
    mutationFn: () =>
      ask<TopUp>(`/v1/accounts/${customerId}/top-ups`, {
        method: 'POST',
        idempotencyKey: key.current,
        body: { amount: minor },
      }),
    onSuccess: async ({ account }) => {
      key.current = crypto.randomUUID()
      tell(words.toppedUp(formatMoney(minor, currency)), 'green')
      queries.setQueryData(accountQuery(customerId).queryKey, account)
      await queries.invalidateQueries({ queryKey: ['account', customerId] })
    },
    onError: tellError,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isRight) topping.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Group align="end" mt="md" wrap="nowrap">
        <NumberInput
          label={words.amount}
          value={amount}
          onChange={(value) => {
            key.current = crypto.randomUUID()
            setAmount(value)
          }}
          min={0}
          max={most}
          decimalScale={2}
          allowNegative={false}
          error={!isRight && words.amountWrong}
          style={{ flex: 1 }}
        />
        <Button type="submit" loading={topping.isPending}>
          {words.topUp}
        </Button>
      </Group>
    </form>
  )
}

function Contact({ customerId }: { customerId: string }) {
  const { data } = useQuery(customerQuery(customerId))
  if (!data) return null
  return (
    <Card withBorder padding="lg">
      <Text c="dimmed">{words.contact}</Text>
      <Text fw={600}>{data.name}</Text>
      <Text size="sm">{data.email}</Text>
      {data.addresses.map(({ addressId, line, city, postcode, country }) => (
        <Text key={addressId} size="sm" c="dimmed">
          {[line, postcode, city, country].filter(Boolean).join(', ')}
        </Text>
      ))}
    </Card>
  )
}

function Entries({ customerId, currency }: { customerId: string; currency: string }) {
  const entries = useInfiniteQuery(entriesQuery(customerId))
  if (entries.isPending) return <Loading />
  if (entries.isError) return <Failure error={entries.error} retry={() => void entries.refetch()} />
  const found = entries.data.pages.flatMap((page) => page.entries)
  if (found.length === 0) return <Empty title={words.empty} />
  return (
    <Stack gap="sm">
      <Title order={2}>{words.entries}</Title>
      <WideTable minWidth={420} verticalSpacing="sm">
        <Table.Tbody>
          {found.map(({ transferId, kind, amount, orderId, at }) => (
            <Table.Tr key={transferId}>
              <Table.Td>
                <When at={at} />
              </Table.Td>
              <Table.Td>{words.kinds[kind]}</Table.Td>
              <Table.Td>
                {orderId && (
                  <Link to="/shop/orders/$orderId" params={{ orderId }}>
                    {texts.shop.order.title(shortId(orderId))}
                  </Link>
                )}
              </Table.Td>
              <Table.Td ta="right">
                <Money amount={amount} currency={currency} fw={600} c={amount > 0 ? 'green' : undefined} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
      {entries.hasNextPage && (
        <Button
          variant="default"
          mx="auto"
          loading={entries.isFetchingNextPage}
          onClick={() => void entries.fetchNextPage()}
        >
          {texts.common.more}
        </Button>
      )}
    </Stack>
  )
}
