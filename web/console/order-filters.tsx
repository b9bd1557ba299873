import {
  Badge,
  Button,
  Collapse,
  Group,
  MultiSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Switch,
  TextInput,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconFilter } from '@tabler/icons-react'
import { cancelReasons, orderSources, orderStatuses } from '#contracts/order.ts'
import { texts } from '../texts/index.ts'
import { SearchField } from '../ui/search-field.tsx'
import { hiddenFilters, type OrderSearch } from './order-search.ts'

const words = texts.console.orders

type FiltersProps = {
  search: OrderSearch
  /** What is empty is asked for no more. */
  change: (change: Partial<Record<keyof OrderSearch, unknown>>) => void
}

export function OrderFilters({ search, change }: FiltersProps) {
  const folded = hiddenFilters(search)
  const [isOpen, { toggle }] = useDisclosure(folded > 0)
  return (
    <Stack gap="sm">
      <Group align="end" gap="sm">
        <SearchField
          // Another search from outside, such as a view, is another field.
          key={`q ${search.q === undefined}`}
          label={words.search}
          hint={words.searchHint}
          value={search.q ?? ''}
          onSearch={(q) => change({ q })}
        />
        <Several
          label={words.status}
          values={orderStatuses}
          nameOf={(status) => texts.status[status]}
          chosen={search.status}
          onChange={(status) => change({ status })}
        />
        <Several
          label={words.source}
          values={orderSources}
          nameOf={(source) => texts.sources[source]}
          chosen={search.source}
          onChange={(source) => change({ source })}
        />
        <Several
          label={words.reason}
          values={cancelReasons}
          nameOf={(reason) => texts.reasonLabels[reason]}
          chosen={search.reason}
          onChange={(reason) => change({ reason })}
        />
        <Switch
          label={words.onlyStuck}
          checked={search.stuck ?? false}
          onChange={(event) => change({ stuck: event.currentTarget.checked })}
          mb={8}
        />
        <Button
          variant="default"
          leftSection={<IconFilter size={16} />}
          rightSection={folded > 0 && <Badge circle>{folded}</Badge>}
          aria-expanded={isOpen}
          onClick={toggle}
        >
          {words.moreFilters}
        </Button>
        {Object.keys(search).length > 0 && (
          <Button
            variant="subtle"
            onClick={() => change(Object.fromEntries(Object.keys(search).map((name) => [name, ''])))}
          >
            {words.clearFilters}
          </Button>
        )}
      </Group>
      <Collapse expanded={isOpen}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
          <TextFilter name="customerId" label={words.customerId} search={search} change={change} />
          <TextFilter name="productId" label={words.product} search={search} change={change} />
          <TextFilter name="reference" label={words.reference} search={search} change={change} />
          <TextFilter name="country" label={words.country} search={search} change={change} />
          <TimeFilter name="placedFrom" label={words.placedFrom} search={search} change={change} />
          <TimeFilter name="placedBefore" label={words.placedBefore} search={search} change={change} />
          <AmountFilter name="totalMin" label={words.totalMin} search={search} change={change} />
          <AmountFilter name="totalMax" label={words.totalMax} search={search} change={change} />
        </SimpleGrid>
      </Collapse>
    </Stack>
  )
}

type SeveralProps<T extends string> = {
  label: string
  values: readonly T[]
  nameOf: (value: T) => string
  chosen: T[] | undefined
  onChange: (values: T[]) => void
}

const Several = <T extends string>({ label, values, nameOf, chosen = [], onChange }: SeveralProps<T>) => (
  <MultiSelect
    label={label}
    placeholder={chosen.length > 0 ? '' : words.any}
    data={values.map((value) => ({ value, label: nameOf(value) }))}
    value={chosen}
    onChange={onChange}
    clearable
    miw={170}
    maw={320}
  />
)

type FilterProps<Name extends keyof OrderSearch> = FiltersProps & { name: Name; label: string }

/** What was written is asked for when the field is left, or by Enter. */
function TextFilter({
  name,
  label,
  search,
  change,
}: FilterProps<'customerId' | 'productId' | 'reference' | 'country'>) {
  const given = search[name] ?? ''
  return (
    <TextInput
      key={given}
      label={label}
      defaultValue={given}
      onBlur={(event) => change({ [name]: event.currentTarget.value })}
      onKeyDown={(event) => event.key === 'Enter' && change({ [name]: event.currentTarget.value })}
    />
  )
}

/** In the reader's own zone. */
function TimeFilter({ name, label, search, change }: FilterProps<'placedFrom' | 'placedBefore'>) {
  const given = search[name]
  const at = given ? new Date(given) : undefined
  const local = at ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : ''
  return (
    <TextInput
      key={local}
      type="datetime-local"
      label={label}
      defaultValue={local}
      onBlur={({ currentTarget: { value } }) =>
        value !== local && change({ [name]: value && new Date(value).toISOString() })
      }
    />
  )
}

function AmountFilter({ name, label, search, change }: FilterProps<'totalMin' | 'totalMax'>) {
  const given = search[name]
  return (
    <NumberInput
      key={given ?? ''}
      label={label}
      defaultValue={given === undefined ? '' : given / 100}
      min={0}
      decimalScale={2}
      onBlur={({ currentTarget: { value } }) =>
        change({ [name]: value === '' ? '' : Math.round(Number(value) * 100) })
      }
    />
  )
}
