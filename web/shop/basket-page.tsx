import {
  ActionIcon,
  Alert,
  Button,
  Card,
  Divider,
  Group,
  NumberInput,
  Select,
  Stack,
  Text,
  Title,
} from '@mantine/core'
import { IconTrash, IconWallet } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { maxQuantity } from '#contracts/lines.ts'
import type { PendingOrder, PlacedOrder } from '#contracts/rest/orders.ts'
import { ask } from '../api/http.ts'
import { accountQuery, customerQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { formatMoney } from '../ui/format.ts'
import { Empty } from '../ui/states.tsx'
import { tell, tellError } from '../ui/told.ts'
import { Money } from '../ui/values.tsx'
import {
  type Basket,
  type BasketItem,
  basketOf,
  emptyBasket,
  setQuantity,
  totalOf,
  useBasket,
} from './basket.ts'
import { useCustomerId } from './me.ts'

const words = texts.shop.basket

export function BasketPage() {
  const customerId = useCustomerId()
  const basket = useBasket(customerId)
  const [first] = basket.items
  if (!first)
    return (
      <Empty
        title={words.empty}
        action={
          <Button component={Link} to="/shop">
            {words.toProducts}
          </Button>
        }
      >
        {words.emptyHint}
      </Empty>
    )
  return (
    <Stack maw={760} mx="auto">
      <Title order={1}>{words.title}</Title>
      <Card withBorder padding={0} component="ul" m={0} style={{ listStyle: 'none' }}>
        {basket.items.map((item) => (
          <Item key={item.productId} item={item} customerId={customerId} />
        ))}
      </Card>
      <CheckOut basket={basket} customerId={customerId} currency={first.currency} />
    </Stack>
  )
}

function Item({ item, customerId }: { item: BasketItem; customerId: string }) {
  const { productId, name, price, currency, quantity } = item
  return (
    <li className="row">
      <div style={{ flex: '1 1 180px' }}>
        <Text fw={600}>{name}</Text>
        <Text size="sm" c="dimmed">
          <Money amount={price} currency={currency} /> {texts.common.each}
        </Text>
      </div>
      <NumberInput
        aria-label={words.quantity(name)}
        value={quantity}
        onChange={(value) => Number(value) > 0 && setQuantity(customerId, productId, Number(value))}
        min={1}
        max={maxQuantity}
        allowDecimal={false}
        allowNegative={false}
        w={90}
      />
      <Money amount={price * quantity} currency={currency} fw={600} ta="right" miw={90} />
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={words.remove(name)}
        onClick={() => setQuantity(customerId, productId, 0)}
      >
        <IconTrash size={18} />
      </ActionIcon>
    </li>
  )
}

type CheckOutProps = { basket: Basket; customerId: string; currency: string }

function CheckOut({ basket, customerId, currency }: CheckOutProps) {
  const navigate = useNavigate()
  const customer = useQuery(customerQuery(customerId))
  const account = useQuery(accountQuery(customerId))
  const [addressId, setAddressId] = useState<string | null>(null)
  const total = totalOf(basket)
  const short = account.data ? total - account.data.balance : 0
  const addresses = customer.data?.addresses ?? []
  const placing = useMutation({
    mutationFn: () => place(basket, addressId ?? undefined),
    onSuccess: async ({ orderId }) => {
      // What was put in while the order was on its way stays.
      if (basketOf(customerId).key === basket.key) emptyBasket(customerId)
      tell(words.placed, 'green')
      await navigate({ to: '/shop/orders/$orderId', params: { orderId } })
    },
    onError: tellError,
  })
  return (
    <Card withBorder padding="lg">
      <Stack>
        {addresses.length > 0 && (
          <Select
            label={words.address}
            data={addresses.map(({ addressId, line, city, postcode }) => ({
              value: addressId,
              label: [line, city, postcode].filter(Boolean).join(', '),
            }))}
            value={addressId ?? addresses[0]?.addressId ?? null}
            onChange={setAddressId}
            allowDeselect={false}
          />
        )}
        <Divider />
        <Group justify="space-between">
          <Text fw={600}>{words.total}</Text>
          <Money amount={total} currency={currency} fw={700} fz="xl" />
        </Group>
        {short > 0 && (
          <Alert color="orange" icon={<IconWallet size={18} />}>
            <Group justify="space-between">
              <Text size="sm">{words.tooLittle(formatMoney(short, currency))}</Text>
              <Button component={Link} to="/shop/account" size="xs" variant="default">
                {words.topUp}
              </Button>
            </Group>
          </Alert>
        )}
        <Button size="md" loading={placing.isPending} onClick={() => placing.mutate()}>
          {words.order}
        </Button>
        <Text size="xs" c="dimmed" ta="center">
          {words.fixed}
        </Text>
      </Stack>
    </Card>
  )
}

/** Under the basket's key: twice is once. */
const place = ({ items, key }: Basket, addressId: string | undefined) =>
  ask<PlacedOrder | PendingOrder>('/v1/orders', {
    method: 'POST',
    idempotencyKey: key,
    body: {
      ...(addressId && { addressId }),
      lines: items.map(({ productId, quantity }) => ({ productId, quantity })),
    },
  })
