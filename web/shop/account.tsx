import { Button, Card, Group, NumberInput, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { Account, AccountEntry, TopUp } from '#contracts/rest/accounts.ts'
import { ask } from '../api/http.ts'
import { useIdempotencyKey } from '../api/idempotency-key.ts'
import { accountQuery, customerQuery, entriesQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { formatMoney, shortId } from '../ui/format.ts'
import { Loaded } from '../ui/loaded.tsx'
import { MoreButton } from '../ui/more-button.tsx'
import { Empty } from '../ui/states.tsx'
import { tell, tellError } from '../ui/told.ts'
import { Money, When } from '../ui/values.tsx'
import { WideTable } from '../ui/wide-table.tsx'
import { useCustomerId } from './me.ts'

const words = texts.shop.account

export function AccountPage() {
  const customerId = useCustomerId()
  const account = useQuery(accountQuery(customerId))
  return <Loaded query={account}>{(data) => <AccountDetails account={data} />}</Loaded>
}

function AccountDetails({ account }: { account: Account }) {
  const { customerId, balance, currency } = account
  const entries = useInfiniteQuery(entriesQuery(customerId))
  return (
    <Stack maw={860} mx="auto">
      <Title order={1}>{words.title}</Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Card withBorder padding="lg">
          <Text c="dimmed">{words.balance}</Text>
          <Money amount={balance} currency={currency} fw={700} fz={34} />
          <TopUpForm account={account} />
        </Card>
        <Contact customerId={customerId} />
      </SimpleGrid>
      <Loaded query={entries}>
        {({ pages }) => <Entries entries={pages.flatMap((page) => page.entries)} currency={currency} />}
      </Loaded>
      <MoreButton list={entries} />
    </Stack>
  )
}

const most = 100_000

function TopUpForm({ account: { customerId, currency } }: { account: Account }) {
  const queries = useQueryClient()
  const [amount, setAmount] = useState<string | number>(50)
  const minor = Math.round(Number(amount) * 100)
  const key = useIdempotencyKey(minor)
  const isRight = minor >= 1 && minor <= most * 100
  const topping = useMutation({
    mutationFn: () =>
      ask<TopUp>(`/v1/accounts/${customerId}/top-ups`, {
        method: 'POST',
        idempotencyKey: key.current(),
        body: { amount: minor },
      }),
    onSuccess: async ({ account }) => {
      key.renew()
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
          onChange={setAmount}
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

function Entries({ entries, currency }: { entries: readonly AccountEntry[]; currency: string }) {
  if (entries.length === 0) return <Empty title={words.empty} />
  return (
    <Stack gap="sm">
      <Title order={2}>{words.entries}</Title>
      <WideTable minWidth={420} verticalSpacing="sm">
        <Table.Tbody>
          {entries.map(({ transferId, kind, amount, orderId, at }) => (
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
    </Stack>
  )
}
