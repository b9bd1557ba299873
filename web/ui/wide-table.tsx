import { Table, type TableProps } from '@mantine/core'

/** A table that scrolls sideways where it has no room, by keyboard, too. */
export const WideTable = ({ minWidth, ...props }: TableProps & { minWidth: number }) => (
  <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
    <Table {...props} />
  </Table.ScrollContainer>
)
