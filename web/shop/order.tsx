import { Alert, Button, Card, Divider, Group, Stack, Stepper, Table, Text, Title } from '@mantine/core'
import { useDisclosure, useMediaQuery } from '@mantine/hooks'
import { IconAlertTriangle, IconCircleX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { isFinal } from '#contracts/order.ts'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import { orderQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { shortId } from '../ui/format.ts'
import { Loaded } from '../ui/loaded.tsx'
import { ProductName, useProductNames } from '../ui/product-name.tsx'
import { Money, StatusBadge, When } from '../ui/values.tsx'
import { WideTable } from '../ui/wide-table.tsx'
import { CancelDialog } from './cancel-dialog.tsx'
import { Decision } from './decision.tsx'
import { Parcels } from './parcels.tsx'
import { progressOf, returnableOf } from './progress.ts'
import { ReturnDialog } from './return-dialog.tsx'

const words = texts.shop.order

export function OrderPage() {
  const { orderId } = useParams({ from: '/shop/orders/$orderId' })
  const order = useQuery(orderQuery(orderId))
  return (
    <Loaded query={order} lines={10}>
      {(data) => <Order order={data} />}
    </Loaded>
  )
}

function Order({ order }: { order: OrderDetails }) {
  const [isCancelling, cancelling] = useDisclosure()
  const [isReturning, returning] = useDisclosure()
  const { orderId, status, reason, stuck, waitingFor, placedAt, shipments, returns } = order
  const returnable = returnableOf(order)
  return (
    <Stack maw={860} mx="auto" gap="lg">
      <Group justify="space-between">
        <div>
          <Group gap="sm">
            <Title order={1}>{words.title(shortId(orderId))}</Title>
            <StatusBadge status={status} size="lg" data-testid="status" />
          </Group>
          <Text c="dimmed" size="sm">
            <When at={placedAt} />
            {waitingFor && ` · ${waitingFor}`}
          </Text>
        </div>
        <Group gap="xs">
          {returnable.length > 0 && (
            <Button variant="default" onClick={returning.open}>
              {words.return}
            </Button>
          )}
          {!isFinal(status) && status !== 'cancelling' && (
            <Button variant="light" color="red" onClick={cancelling.open}>
              {words.cancel}
            </Button>
          )}
        </Group>
      </Group>
      {stuck && (
        <Alert color="orange" icon={<IconAlertTriangle />} title={words.trouble}>
          {stuck.error}
        </Alert>
      )}
      {status === 'cancelled' && reason && (
        <Alert color="red" icon={<IconCircleX />} title={words.cancelledTitle}>
          {texts.reasons[reason]}
        </Alert>
      )}
      {status === 'awaiting_customer' && order.decision && (
        <Decision orderId={orderId} decision={order.decision} lines={order.lines} />
      )}
      <ProgressCard order={order} />
      {shipments.length > 0 && <Parcels shipments={shipments} />}
      <Lines order={order} />
      {returns.length > 0 && <Returns order={order} />}
      <CancelDialog order={order} opened={isCancelling} onClose={cancelling.close} />
      <ReturnDialog orderId={orderId} lines={returnable} opened={isReturning} onClose={returning.close} />
    </Stack>
  )
}

function ProgressCard({ order }: { order: OrderDetails }) {
  const isNarrow = useMediaQuery('(max-width: 48em)')
  const progress = progressOf(order)
  const reached = progress.findLastIndex(({ at }) => at !== null) + 1
  const isOver = order.status === 'cancelled'
  return (
    <Card withBorder padding="lg" component="section" aria-label={words.timeline}>
      <Stepper
        active={reached}
        orientation={isNarrow ? 'vertical' : 'horizontal'}
        size="sm"
        color={isOver ? 'gray' : 'petrol'}
        iconSize={32}
      >
        {progress.map(({ step, at }) => (
          <Stepper.Step
            key={step}
            label={words.steps[step]}
            description={at ? <When at={at} /> : ' '}
            loading={!isOver && order.endedAt === null && step === progress[reached]?.step}
            data-testid={`step-${step}`}
            data-reached={at !== null}
          />
        ))}
      </Stepper>
    </Card>
  )
}

function Lines({ order: { lines, currency, total, refunded } }: { order: OrderDetails }) {
  const nameOf = useProductNames(lines)
  return (
    <Card withBorder padding="lg" component="section" aria-label={words.lines}>
      <Title order={2} mb="sm">
        {words.lines}
      </Title>
      <WideTable minWidth={360} verticalSpacing="xs">
        <Table.Tbody>
          {lines.map(({ lineNumber, productId, quantity, unitPrice }) => (
            <Table.Tr key={lineNumber}>
              <Table.Td>
                <ProductName productId={productId} name={nameOf(productId)} />
              </Table.Td>
              <Table.Td>{texts.common.pieces(quantity)}</Table.Td>
              <Table.Td ta="right">
                {unitPrice === null ? words.priceOpen : <Money amount={unitPrice} currency={currency} />}
              </Table.Td>
              <Table.Td ta="right">
                {unitPrice !== null && <Money amount={unitPrice * quantity} currency={currency} fw={600} />}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
      <Divider my="sm" />
      <Group justify="space-between">
        <Text fw={600}>{words.total}</Text>
        <Money amount={total} currency={currency} fw={700} />
      </Group>
      {refunded > 0 && (
        <Group justify="space-between" c="green">
          <Text>{words.refunded}</Text>
          <Money amount={refunded} currency={currency} fw={600} data-testid="refunded" />
        </Group>
      )}
    </Card>
  )
}

function Returns({ order: { returns, currency, lines } }: { order: OrderDetails }) {
  const nameOf = useProductNames(lines)
  return (
    <Card withBorder padding="lg" component="section" aria-label={words.returns}>
      <Title order={2} mb="sm">
        {words.returns}
      </Title>
      <Stack gap="xs">
        {returns.map(({ number, status, amount, lines: returned, requestedAt }) => (
          <Group key={number} justify="space-between" data-testid={`return-${number}`}>
            <div>
              <Text fw={600}>{words.returnNumber(number)}</Text>
              <Text size="sm" c="dimmed">
                {returned.map(({ productId, quantity }) => `${quantity} × ${nameOf(productId)}`).join(', ')} ·{' '}
                <When at={requestedAt} />
              </Text>
            </div>
            <Group>
              <Text size="sm">{texts.returnStatus[status]}</Text>
              <Money amount={amount} currency={currency} fw={600} />
            </Group>
          </Group>
        ))}
      </Stack>
    </Card>
  )
}
