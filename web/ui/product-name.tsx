import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { productNamesQuery } from '../api/queries.ts'

/** What the products of an order are called, asked for at once; their numbers until that is known. */
export function useProductNames(lines: readonly { productId: string }[]): (productId: string) => string {
  const { data } = useQuery(productNamesQuery(lines.map(({ productId }) => productId)))
  return (productId) => data?.get(productId) ?? productId
}

/** The name, and the number that staff and bills call it by. */
export const ProductName = ({ productId, name }: { productId: string; name: string }) => (
  <>
    {name}
    {name !== productId && (
      <Text span size="xs" c="dimmed" ml={6}>
        {productId}
      </Text>
    )}
  </>
)
