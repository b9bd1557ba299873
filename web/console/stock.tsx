import { Button, Modal, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { ProductPage, StockOnHand } from '#contracts/rest/products.ts'
import { ask } from '../api/http.ts'
import { useIdempotencyKey } from '../api/idempotency-key.ts'
import { productsQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { DataTable } from '../ui/data-table.tsx'
import { formatCount } from '../ui/format.ts'
import { Page } from '../ui/page.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { tell, tellError } from '../ui/told.ts'
import { Money } from '../ui/values.tsx'

const words = texts.console.stock
type Product = ProductPage['products'][number]

export function StockPage() {
  const { q = '' } = useSearch({ from: '/console/stock' })
  const navigate = useNavigate({ from: '/console/stock' })
  const products = useInfiniteQuery(productsQuery(q))
  const [adjusting, setAdjusting] = useState<Product | null>(null)
  const search = (q: string) => void navigate({ search: q ? { q } : {}, replace: true })
  return (
    <Page
      title={words.title}
      lead={words.lead}
      aside={<SearchField label={words.search} hint={words.searchHint} value={q} onSearch={search} />}
    >
      <DataTable
        label={words.title}
        list={products}
        rowsOf={(page) => page.products}
        keyOf={({ productId }) => productId}
        empty={words.empty}
        columns={[
          {
            header: words.product,
            cell: ({ name, productId }) => (
              <>
                {name}{' '}
                <Text span size="xs" c="dimmed">
                  {productId}
                </Text>
              </>
            ),
          },
          {
            header: words.price,
            align: 'right',
            cell: ({ price, currency }) => <Money amount={price} currency={currency} />,
          },
          { header: words.perWarehouse, cell: ({ stock }) => stock.map(inShort).join(' · ') },
          {
            header: '',
            align: 'right',
            cell: (product) => (
              <Button
                size="compact-sm"
                variant="light"
                onClick={() => setAdjusting(product)}
                aria-label={words.adjustOf(product.name)}
              >
                {words.adjust}
              </Button>
            ),
          },
        ]}
      />
      {adjusting && <Adjust product={adjusting} onClose={() => setAdjusting(null)} />}
    </Page>
  )
}

const inShort = ({ warehouseId, onHand, reserved }: Product['stock'][number]): string =>
  words.shelf(warehouseId, formatCount(onHand), formatCount(reserved))

function Adjust({ product: { productId, name, stock }, onClose }: { product: Product; onClose: () => void }) {
  const queries = useQueryClient()
  const [warehouseId, setWarehouseId] = useState(stock[0]?.warehouseId ?? null)
  const [change, setChange] = useState<string | number>('')
  const [reason, setReason] = useState('')
  const body = { warehouseId, change: Number(change), reason: reason.trim() }
  const key = useIdempotencyKey(body)
  const adjusting = useMutation({
    mutationFn: () =>
      ask<StockOnHand>(`/v1/products/${encodeURIComponent(productId)}/stock`, {
        method: 'POST',
        idempotencyKey: key.current(),
        body,
      }),
    onSuccess: async ({ onHand, reserved }) => {
      tell(words.adjusted(formatCount(onHand), formatCount(reserved)), 'green')
      await queries.invalidateQueries({ queryKey: ['products'] })
      onClose()
    },
    onError: tellError,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    adjusting.mutate()
  }
  return (
    <Modal opened onClose={onClose} title={words.adjustOf(name)} centered>
      <Stack component="form" onSubmit={submit}>
        <Select
          label={words.warehouse}
          data={stock.map((shelf) => ({ value: shelf.warehouseId, label: inShort(shelf) }))}
          value={warehouseId}
          onChange={setWarehouseId}
          allowDeselect={false}
          required
        />
        <NumberInput
          label={words.change}
          description={words.changeHint}
          value={change}
          onChange={setChange}
          allowDecimal={false}
          required
        />
        <TextInput
          label={words.reason}
          value={reason}
          maxLength={500}
          required
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" loading={adjusting.isPending} disabled={!Number(change)}>
          {words.adjust}
        </Button>
      </Stack>
    </Modal>
  )
}
