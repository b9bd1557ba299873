import { Button } from '@mantine/core'
import { texts } from '../texts/index.ts'

type List = { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown }

/** The next page of a list; nothing at its end. */
export const MoreButton = ({ list }: { list: List }) =>
  list.hasNextPage && (
    <Button
      variant="default"
      mx="auto"
      loading={list.isFetchingNextPage}
      onClick={() => void list.fetchNextPage()}
    >
      {texts.common.more}
    </Button>
  )
