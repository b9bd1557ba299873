import { useSyncExternalStore } from 'react'

export type BasketItem = {
  productId: string
  name: string
  price: number
  currency: string
  quantity: number
}

/** `key` is sent with the order: as long as the basket is the same, ordering it again is the same order. */
export type Basket = { items: readonly BasketItem[]; key: string }

const empty: Basket = { items: [], key: '' }
const listeners = new Set<() => void>()
const nameOf = (customerId: string) => `order-saga.basket.${customerId}`
const known = new Map<string, Basket>()

export function basketOf(customerId: string): Basket {
  let basket = known.get(customerId)
  if (!basket) {
    basket = read(customerId)
    known.set(customerId, basket)
  }
  return basket
}

function read(customerId: string): Basket {
  try {
    return (JSON.parse(localStorage.getItem(nameOf(customerId)) ?? 'null') as Basket | null) ?? empty
  } catch {
    return empty
  }
}

function keep(customerId: string, items: readonly BasketItem[]): void {
  const basket = items.length === 0 ? empty : { items, key: crypto.randomUUID() }
  known.set(customerId, basket)
  localStorage.setItem(nameOf(customerId), JSON.stringify(basket))
  listeners.forEach((listener) => listener())
}

// What another tab puts in is in this one, too.
window.addEventListener('storage', ({ key }) => {
  if (!key?.startsWith(nameOf(''))) return
  known.clear()
  listeners.forEach((listener) => listener())
})

export function addToBasket(customerId: string, item: BasketItem): void {
  const { items } = basketOf(customerId)
  const same = items.find(({ productId }) => productId === item.productId)
  if (!same) return keep(customerId, [...items, item])
  setQuantity(customerId, item.productId, same.quantity + item.quantity)
}

/** Zero takes it out. */
export function setQuantity(customerId: string, productId: string, quantity: number): void {
  const items = basketOf(customerId).items.map((item) =>
    item.productId === productId ? { ...item, quantity } : item,
  )
  keep(
    customerId,
    items.filter((item) => item.quantity > 0),
  )
}

export const emptyBasket = (customerId: string): void => keep(customerId, [])

export const totalOf = ({ items }: Basket): number =>
  items.reduce((sum, { price, quantity }) => sum + price * quantity, 0)

export const useBasket = (customerId: string): Basket =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => basketOf(customerId),
  )
