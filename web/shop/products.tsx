import { Badge, Button, Card, Group, NumberInput, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { maxQuantity } from '#contracts/lines.ts'
import type { ProductPage } from '#contracts/rest/products.ts'
import { productsQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { Loaded } from '../ui/loaded.tsx'
import { MoreButton } from '../ui/more-button.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Empty } from '../ui/states.tsx'
import { tell } from '../ui/told.ts'
import { Money } from '../ui/values.tsx'
import { addToBasket, useBasket } from './basket.ts'
import { useCustomerId } from './me.ts'

const words = texts.shop.products
type Product = ProductPage['products'][number]

const availableOf = ({ stock }: Product): number =>
  stock.reduce((sum, { onHand, reserved }) => sum + onHand - reserved, 0)

export function ProductsPage() {
  const { q = '' } = useSearch({ from: '/shop/' })
  const navigate = useNavigate({ from: '/shop/' })
  const search = (q: string) => void navigate({ search: q ? { q } : {}, replace: true })
  const products = useInfiniteQuery(productsQuery(q))
  const found = products.data?.pages.flatMap((page) => page.products) ?? []
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1}>{words.title}</Title>
        <SearchField label={words.searchLabel} hint={words.searchHint} value={q} onSearch={search} />
      </Group>
      <Loaded query={products} lines={8}>
        {() =>
          found.length === 0 ? (
            <Empty title={words.empty}>{words.emptyHint}</Empty>
          ) : (
            <SimpleGrid
              cols={{ base: 1, xs: 2, md: 3, lg: 4 }}
              component="ul"
              p={0}
              m={0}
              style={{ listStyle: 'none' }}
            >
              {found.map((product) => (
                <ProductCard key={product.productId} product={product} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
      <MoreButton list={products} />
    </Stack>
  )
}

function ProductCard({ product }: { product: Product }) {
  const customerId = useCustomerId()
  const [quantity, setQuantity] = useState<number | string>(1)
  const inBasket = useBasket(customerId).items.find(({ productId }) => productId === product.productId)
  const available = availableOf(product)
  const { productId, name, price, currency } = product
  const add = () => {
    addToBasket(customerId, { productId, name, price, currency, quantity: Number(quantity) || 1 })
    setQuantity(1)
    tell(words.added(name))
  }
  return (
    <Card component="li" withBorder padding="md">
      <Stack gap="xs" h="100%" justify="space-between">
        <div>
          <Text fw={600} lineClamp={2} title={name}>
            {name}
          </Text>
          <Text size="xs" c="dimmed">
            {productId}
          </Text>
        </div>
        <Group justify="space-between" align="center">
          <Money amount={price} currency={currency} fw={650} fz="lg" />
          <Availability available={available} />
        </Group>
        <Group gap="xs" wrap="nowrap">
          <NumberInput
            aria-label={words.quantity}
            value={quantity}
            onChange={setQuantity}
            min={1}
            max={maxQuantity}
            allowDecimal={false}
            allowNegative={false}
            w={84}
          />
          <Button variant="light" onClick={add} style={{ flex: 1 }} aria-label={words.addLabel(name)}>
            {words.add}
          </Button>
        </Group>
        <Text size="xs" c="dimmed" mih={18}>
          {inBasket && words.inBasket(inBasket.quantity)}
        </Text>
      </Stack>
    </Card>
  )
}

function Availability({ available }: { available: number }) {
  if (available <= 0)
    return (
      <Badge color="gray" variant="light">
        {words.soldOut}
      </Badge>
    )
  const isScarce = available < 10
  return (
    <Badge color={isScarce ? 'orange' : 'green'} variant="light">
      {isScarce ? words.fewLeft(available) : words.inStock(available)}
    </Badge>
  )
}
