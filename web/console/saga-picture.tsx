import { Badge, Card, Code, Group, Text, ThemeIcon, Title, Tooltip } from '@mantine/core'
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconCheck,
  IconCircleDashed,
  IconHourglass,
  IconLoader2,
  IconMinus,
  IconX,
} from '@tabler/icons-react'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import { texts } from '../texts/index.ts'
import { formatDuration } from '../ui/format.ts'
import { When } from '../ui/values.tsx'
import { type SagaStep, type StepState, sagaOf, type UndoState } from './saga.ts'

const words = texts.console.saga

const looks: Record<StepState, { color: string; icon: typeof IconCheck }> = {
  done: { color: 'green', icon: IconCheck },
  running: { color: 'petrol', icon: IconLoader2 },
  waiting: { color: 'orange', icon: IconHourglass },
  stuck: { color: 'red', icon: IconAlertTriangle },
  refused: { color: 'red', icon: IconX },
  skipped: { color: 'gray', icon: IconMinus },
  ahead: { color: 'gray', icon: IconCircleDashed },
}

const undoColors: Record<UndoState, string> = {
  armed: 'petrol',
  running: 'orange',
  done: 'grape',
  partly: 'grape',
  stuck: 'red',
  released: 'gray',
  none: 'gray',
}

/** The saga as a picture: forward on the left, and what undoes each step on the right of it. */
export function SagaPicture({ order }: { order: OrderDetails }) {
  return (
    <Card withBorder padding="lg" component="section" aria-label={words.title}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{words.title}</Title>
        <Text size="sm" c="dimmed">
          {words.legend}
        </Text>
      </Group>
      <ol className="saga">
        {sagaOf(order).map((step) => (
          <Step key={step.key} step={step} />
        ))}
      </ol>
    </Card>
  )
}

function Step({ step }: { step: SagaStep }) {
  const { name, state, at, took, trouble, warehouseId, undo } = step
  const { color, icon: Icon } = looks[state]
  return (
    <li className="saga-step" data-state={state} data-step={name}>
      <ThemeIcon
        color={color}
        variant={state === 'ahead' || state === 'skipped' ? 'light' : 'filled'}
        radius="xl"
        size={30}
      >
        <Icon size={17} aria-hidden />
      </ThemeIcon>
      <div className="saga-forward">
        <Group gap="xs">
          <Text fw={600}>{name === 'parcel' ? words.parcelFrom(warehouseId ?? '') : words.steps[name]}</Text>
          <Badge color={color} variant="light" size="sm">
            {words.states[state]}
          </Badge>
          {took !== null && (
            <Text size="xs" c="dimmed">
              {formatDuration(took)}
            </Text>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {at ? <When at={at} /> : words.hints[name]}
        </Text>
        {trouble && <Trouble {...trouble} />}
      </div>
      {undo && (
        <div className="saga-undo" data-undo={undo.state}>
          <Group gap={6} wrap="nowrap">
            <IconArrowBackUp
              size={16}
              color={`var(--mantine-color-${undoColors[undo.state]}-6)`}
              aria-hidden
            />
            <Text size="sm">{words.undos[undo.name]}</Text>
            <Tooltip label={words.undoHints[undo.state]}>
              <Badge color={undoColors[undo.state]} variant="light" size="sm" tabIndex={0}>
                {words.undoStates[undo.state]}
              </Badge>
            </Tooltip>
          </Group>
          {undo.at && (
            <Text size="xs" c="dimmed">
              <When at={undo.at} />
            </Text>
          )}
          {undo.trouble && <Trouble {...undo.trouble} />}
        </div>
      )}
    </li>
  )
}

const Trouble = ({ since, error }: { since: string; error: string }) => (
  <Text size="xs" c="red" component="div" mt={4}>
    <When at={since} relative />: <Code>{error}</Code>
  </Text>
)
