/** Kafka's topics; what is in each and how it is keyed stands in contracts/proto/. */
export const topics = {
  preOrders: 'pre_orders',
  newOrders: 'new_orders',
  ordersEvents: 'orders_events',
  orderEvents: 'order.events',
  inventoryEvents: 'inventory.events',
  paymentEvents: 'payment.events',
  customerEvents: 'customer.events',
} as const
export type Topic = (typeof topics)[keyof typeof topics]

/** Enough for two instances of each consumer, few enough for a quick start on one broker. */
export const partitionsPerTopic = 4
