import type { Client } from '@connectrpc/connect'
import type {
  OrderAttempts,
  OrderRuns,
  OrderWorkflows,
  RedriveWorkflows,
  RefundWorkflows,
  ReturnWorkflows,
} from '#contracts/clients.ts'
import type { CustomerService, UserService } from '#generated/proto/customer/v1/customer_pb.ts'
import type { DeadLetterService } from '#generated/proto/deadletter/v1/deadletter_pb.ts'
import type { InventoryService } from '#generated/proto/inventory/v1/inventory_pb.ts'
import type { CourierService } from '#generated/proto/logistics/v1/logistics_pb.ts'
import type { NotificationService, WebhookService } from '#generated/proto/notification/v1/notification_pb.ts'
import type { OrderService } from '#generated/proto/order/v1/order_pb.ts'
import type { PaymentService } from '#generated/proto/payment/v1/payment_pb.ts'

/** What goes with every question: whose trace it belongs to. */
export type Call = { headers: { traceparent: string } }

/** Whom the gateway asks. It owns no data: orders are changed by their workflow, and read from their service. */
export type Clients = {
  workflows: OrderWorkflows
  runs: OrderRuns
  attempts: OrderAttempts
  refunds: RefundWorkflows
  returns: ReturnWorkflows
  redrives: RedriveWorkflows
  orders: Client<typeof OrderService>
  inventory: Client<typeof InventoryService>
  payments: Client<typeof PaymentService>
  customers: Client<typeof CustomerService>
  users: Client<typeof UserService>
  deadLetters: Client<typeof DeadLetterService>
  courier: Client<typeof CourierService>
  notifications: Client<typeof NotificationService>
  webhooks: Client<typeof WebhookService>
}
