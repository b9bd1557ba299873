import {
  Button,
  Card,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Slider,
  Stack,
  Switch,
  Text,
  Title,
} from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { CourierHabits, GeneratorSettings } from '#contracts/rest/demo.ts'
import { type RpcService, rpcServices } from '#contracts/services.ts'
import { ask } from '../api/http.ts'
import { courierQuery, generatorsQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { tell, tellError } from '../ui/told.ts'

const words = texts.console.play

/** Where the demonstration is on: break something, and watch the orders get through. */
export function PlayPage() {
  const courier = useQuery(courierQuery)
  const generators = useQuery(generatorsQuery)
  return (
    <Page title={words.title} lead={words.lead}>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Panel title={words.courier}>
          <Loaded query={courier}>{(habits) => <Courier habits={habits} />}</Loaded>
        </Panel>
        <Panel title={words.generators}>
          <Loaded query={generators}>{(now) => <Generators settings={settingsOf(now)} />}</Loaded>
        </Panel>
        <StopService />
      </SimpleGrid>
    </Page>
  )
}

const Panel = ({ title, children }: { title: string; children: ReactNode }) => (
  <Card withBorder padding="lg" component="section" aria-label={title}>
    <Title order={2} mb="sm">
      {title}
    </Title>
    {children}
  </Card>
)

type ShareOf<T> = { [Field in keyof T]: T[Field] extends number ? Field : never }[keyof T] & string
type SharesProps<T> = {
  fields: readonly ShareOf<T>[]
  value: T
  onChange: (value: T) => void
  labels: Record<string, string>
}

/** Shares of all, each a slider from none to all. */
function Shares<T extends object>({ fields, value, onChange, labels }: SharesProps<T>) {
  return fields.map((field) => (
    <div key={field}>
      <Group justify="space-between">
        <Text size="sm">{labels[field]}</Text>
        <Text size="sm" fw={600}>
          {Math.round(Number(value[field]) * 100)} %
        </Text>
      </Group>
      <Slider
        thumbLabel={labels[field] ?? field}
        value={Math.round(Number(value[field]) * 100)}
        onChange={(percent) => onChange({ ...value, [field]: percent / 100 })}
        label={null}
      />
    </div>
  ))
}

function Courier({ habits }: { habits: CourierHabits }) {
  const [value, setValue] = useState(habits)
  const applying = useApply('courier', value)
  return (
    <Stack>
      <Shares<CourierHabits>
        fields={['lose', 'duplicate', 'shuffle', 'delay']}
        value={value}
        onChange={setValue}
        labels={words.courierFields}
      />
      <NumberInput
        label={words.step}
        value={value.step}
        onChange={(step) => setValue({ ...value, step: Number(step) || 1 })}
        min={1}
        allowDecimal={false}
      />
      <Button loading={applying.isPending} onClick={() => applying.mutate()}>
        {words.apply}
      </Button>
    </Stack>
  )
}

/** Without what only an answer tells. */
const settingsOf = ({
  rate,
  invalid,
  duplicate,
  unaffordable,
  outOfStock,
  far,
  running,
}: GeneratorSettings) => ({
  rate,
  invalid,
  duplicate,
  unaffordable,
  outOfStock,
  far,
  running,
})

function Generators({ settings }: { settings: GeneratorSettings }) {
  const [value, setValue] = useState(settings)
  const applying = useApply('generators', value)
  return (
    <Stack>
      <Switch
        label={words.running}
        checked={value.running}
        onChange={(event) => setValue({ ...value, running: event.currentTarget.checked })}
      />
      <NumberInput
        label={words.rate}
        value={value.rate}
        onChange={(rate) => setValue({ ...value, rate: Number(rate) || 0 })}
        min={0}
        decimalScale={1}
      />
      <Shares<GeneratorSettings>
        fields={['unaffordable', 'outOfStock', 'invalid', 'duplicate', 'far']}
        value={value}
        onChange={setValue}
        labels={words.generatorFields}
      />
      <Button loading={applying.isPending} onClick={() => applying.mutate()}>
        {words.apply}
      </Button>
    </Stack>
  )
}

/** Its process ends, and is started again after a while: what waits for it shows under Stuck, and goes on by itself. */
function StopService() {
  const [service, setService] = useState<RpcService>('payment')
  const [seconds, setSeconds] = useState(30)
  const stopping = useMutation({
    mutationFn: () => ask('/v1/demo/stop', { method: 'POST', body: { service, seconds } }),
    onSuccess: () => tell(words.stopped(service, seconds), 'orange'),
    onError: tellError,
  })
  return (
    <Panel title={words.stop}>
      <Stack>
        <Text size="sm">{words.stopLead}</Text>
        <Select
          label={words.service}
          data={rpcServices}
          value={service}
          onChange={(name) => name && setService(name)}
          allowDeselect={false}
        />
        <NumberInput
          label={words.seconds}
          value={seconds}
          onChange={(value) => setSeconds(Number(value) || 1)}
          min={1}
          max={120}
          allowDecimal={false}
        />
        <Button color="red" variant="light" loading={stopping.isPending} onClick={() => stopping.mutate()}>
          {words.stopNow(service)}
        </Button>
      </Stack>
    </Panel>
  )
}

function useApply(what: 'courier' | 'generators', body: CourierHabits | GeneratorSettings) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => ask(`/v1/demo/${what}`, { method: 'PUT', body }),
    onSuccess: async () => {
      tell(words.applied, 'green')
      await queries.invalidateQueries({ queryKey: ['demo', what] })
    },
    onError: tellError,
  })
}
