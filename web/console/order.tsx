import {
  ActionIcon,
  Alert,
  Anchor,
  Button,
  Card,
  Code,
  CopyButton,
  Group,
  SimpleGrid,
  Stack,
  Table,
  Tabs,
  Text,
  Tooltip,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAlertTriangle, IconCheck, IconCopy, IconExternalLink } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { isFinal } from '#contracts/order.ts'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import { aboutQuery, orderQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { shortId } from '../ui/format.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { ProductName, useProductNames } from '../ui/product-name.tsx'
import { Money, StatusBadge, When } from '../ui/values.tsx'
import { Attempts } from './attempts.tsx'
import { BulkDialog } from './bulk.tsx'
import { History } from './history.tsx'
import { MoveParcel } from './move-parcel.tsx'
import { RefundDialog } from './refund-dialog.tsx'
import { ReturnCards } from './return-cards.tsx'
import { SagaPicture } from './saga-picture.tsx'

const words = texts.console.order

export function OrderPage() {
  const { orderId } = useParams({ from: '/console/orders/$orderId' })
  const order = useQuery(orderQuery(orderId))
  return (
    <Loaded query={order} lines={12}>
      {(data) => <Order order={data} />}
    </Loaded>
  )
}

function Order({ order }: { order: OrderDetails }) {
  const [asked, setAsked] = useDisclosure()
  const [isRefunding, refunding] = useDisclosure()
  const { orderId, status, reason, stuckSteps, waitingFor, currency, total, refunded, placedAt } = order
  const isOver = isFinal(status)
  return (
    <Page
      title={words.title(shortId(orderId))}
      aside={
        <Group gap="xs">
          <WorkflowLink orderId={orderId} />
          {total > refunded && order.history.some(({ type }) => type === 'paid') && (
            <Button variant="default" onClick={refunding.open}>
              {words.refund}
            </Button>
          )}
          {!isOver && status !== 'cancelling' && (
            <Button color="red" variant="light" onClick={setAsked.open}>
              {words.cancel}
            </Button>
          )}
        </Group>
      }
    >
      <Group gap="sm">
        <StatusBadge status={status} size="lg" data-testid="status" />
        {reason && <Text size="sm">{texts.reasonLabels[reason]}</Text>}
        <OrderId orderId={orderId} />
      </Group>
      {waitingFor && stuckSteps.length === 0 && (
        <Text size="sm" c="dimmed">
          {waitingFor}
        </Text>
      )}
      {stuckSteps.map(({ step, shipmentId, since, error }) => (
        <Alert
          key={`${step} ${shipmentId}`}
          color="red"
          icon={<IconAlertTriangle />}
          title={words.stuck(texts.console.saga.stepNames[step] ?? step)}
          data-testid="stuck"
        >
          <Text size="sm">
            <When at={since} relative />: {error}
          </Text>
        </Alert>
      ))}
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Fact label={words.placed}>
          <When at={placedAt} />
        </Fact>
        <Fact label={words.customer}>
          <Link to="/console/orders" search={{ customerId: order.customerId }}>
            {order.contact?.name ?? order.customerId}
          </Link>
        </Fact>
        <Fact label={words.total}>
          <Money amount={total} currency={currency} fw={700} />
        </Fact>
        <Fact label={words.refunded}>
          <Money amount={refunded} currency={currency} fw={700} />
        </Fact>
      </SimpleGrid>
      {!isOver && <Attempts orderId={orderId} />}
      <SagaPicture order={order} />
      <ReturnCards order={order} />
      <Tabs defaultValue="history" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="history">{words.history}</Tabs.Tab>
          <Tabs.Tab value="lines">{words.lines}</Tabs.Tab>
          <Tabs.Tab value="parcels">{words.parcels}</Tabs.Tab>
          <Tabs.Tab value="raw">{words.raw}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="history" pt="md">
          <History order={order} />
        </Tabs.Panel>
        <Tabs.Panel value="lines" pt="md">
          <Lines order={order} />
        </Tabs.Panel>
        <Tabs.Panel value="parcels" pt="md">
          <Stack gap="xs">
            {order.shipments.map((shipment) => (
              <MoveParcel
                key={shipment.shipmentId}
                orderId={orderId}
                shipment={shipment}
                currency={currency}
              />
            ))}
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="raw" pt="md">
          <Code block mah={600} style={{ overflow: 'auto' }}>
            {JSON.stringify(order, null, 2)}
          </Code>
        </Tabs.Panel>
      </Tabs>
      {asked && <BulkDialog action="cancel" orders={[order]} onClose={setAsked.close} />}
      {isRefunding && <RefundDialog order={order} onClose={refunding.close} />}
    </Page>
  )
}

const Fact = ({ label, children }: { label: string; children: React.ReactNode }) => (
  <Card withBorder padding="sm">
    <Text size="xs" c="dimmed">
      {label}
    </Text>
    <div className="fact">{children}</div>
  </Card>
)

const OrderId = ({ orderId }: { orderId: string }) => (
  <Group gap={4}>
    <Code>{orderId}</Code>
    <CopyButton value={orderId}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? texts.common.copied : texts.common.copy}>
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={texts.common.copy}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  </Group>
)

/** The same order in Temporal's Web UI, where there is one. */
function WorkflowLink({ orderId }: { orderId: string }) {
  const { data } = useQuery(aboutQuery)
  if (!data?.workflowsUrl) return null
  return (
    <Anchor href={`${data.workflowsUrl}/order-${orderId}`} target="_blank" rel="noreferrer" size="sm">
      <Group gap={4}>
        {texts.start.temporal}
        <IconExternalLink size={14} aria-hidden />
      </Group>
    </Anchor>
  )
}

function Lines({ order: { lines, currency } }: { order: OrderDetails }) {
  const nameOf = useProductNames(lines)
  return (
    <Table aria-label={words.lines}>
      <Table.Tbody>
        {lines.map(({ lineNumber, productId, quantity, unitPrice }) => (
          <Table.Tr key={lineNumber}>
            <Table.Td>{lineNumber}</Table.Td>
            <Table.Td>
              <ProductName productId={productId} name={nameOf(productId)} />
            </Table.Td>
            <Table.Td ta="right">{texts.common.pieces(quantity)}</Table.Td>
            <Table.Td ta="right">
              {unitPrice !== null && <Money amount={unitPrice} currency={currency} />}
            </Table.Td>
            <Table.Td ta="right">
              {unitPrice !== null && <Money amount={unitPrice * quantity} currency={currency} fw={600} />}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
