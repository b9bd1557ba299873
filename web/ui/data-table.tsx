import { Stack, Table } from '@mantine/core'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Loaded } from './loaded.tsx'
import { MoreButton } from './more-button.tsx'
import { Empty } from './states.tsx'
import { WideTable } from './wide-table.tsx'

export type Column<Row> = {
  header: string
  cell: (row: Row) => ReactNode
  align?: 'left' | 'right'
  width?: number | string
}

type DataTableProps<Page, Row> = {
  list: UseInfiniteQueryResult<InfiniteData<Page>>
  rowsOf: (page: Page) => readonly Row[]
  keyOf: (row: Row) => string
  columns: readonly Column<Row>[]
  empty: string
  emptyHint?: string
  label: string
}

/** A list that is read page by page, with all the states that it may be in. */
export function DataTable<Page, Row>({
  list,
  rowsOf,
  keyOf,
  columns,
  empty,
  emptyHint,
  label,
}: DataTableProps<Page, Row>) {
  return (
    <Loaded query={list} lines={8}>
      {({ pages }) => {
        const rows = pages.flatMap(rowsOf)
        if (rows.length === 0) return <Empty title={empty}>{emptyHint}</Empty>
        return (
          <Stack>
            <WideTable minWidth={560} aria-label={label} verticalSpacing="xs" highlightOnHover stickyHeader>
              <Table.Thead>
                <Table.Tr>
                  {columns.map(({ header, align, width }) => (
                    <Table.Th key={header} ta={align ?? 'left'} w={width}>
                      {header}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row) => (
                  <Table.Tr key={keyOf(row)}>
                    {columns.map(({ header, cell, align }) => (
                      <Table.Td key={header} ta={align ?? 'left'}>
                        {cell(row)}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </WideTable>
            <MoreButton list={list} />
          </Stack>
        )
      }}
    </Loaded>
  )
}
