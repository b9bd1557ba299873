import type { Client } from '@connectrpc/connect'
import type { CustomerService } from '#generated/proto/customer/v1/customer_pb.ts'
import type { InventoryService } from '#generated/proto/inventory/v1/inventory_pb.ts'
import type { OrderService } from '#generated/proto/order/v1/order_pb.ts'
import type { PaymentService } from '#generated/proto/payment/v1/payment_pb.ts'
import type { OrderWorkflows } from '#workflows/client.ts'

/** Whom the gateway asks. It owns no data: orders are changed by their workflow, and read from their service. */
export type Clients = {
  workflows: OrderWorkflows
  orders: Client<typeof OrderService>
  inventory: Client<typeof InventoryService>
  payments: Client<typeof PaymentService>
  customers: Client<typeof CustomerService>
}
