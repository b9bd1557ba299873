export const pathOf = (orderId: string): string => `/v1/orders/${encodeURIComponent(orderId)}`
