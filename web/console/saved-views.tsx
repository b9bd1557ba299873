import { ActionIcon, Button, Group, Menu, TextInput } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconBookmark, IconTrash } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { texts } from '../texts/index.ts'
import type { ColumnName } from './order-columns.tsx'
import { type OrderSearch, orderSearchOf } from './order-search.ts'

const words = texts.console.orders

type View = { name: string; search: OrderSearch; columns?: ColumnName[] }

const usualViews: View[] = [
  { name: words.views.all, search: {} },
  { name: words.views.waiting, search: { status: ['awaiting_customer'] } },
  { name: words.views.lost, search: { reason: ['lost'], sort: '-updatedAt' } },
  { name: words.views.declined, search: { reason: ['payment_declined'] } },
  { name: words.views.dearest, search: { sort: '-total' } },
]

type SavedViewsProps = {
  search: OrderSearch
  columns: ColumnName[]
  setColumns: (columns: ColumnName[]) => void
}

/** Searches under names, kept in this browser. */
export function SavedViews({ search, columns, setColumns }: SavedViewsProps) {
  const navigate = useNavigate({ from: '/console/orders' })
  const [views, setViews] = useLocalStorage<View[]>({ key: 'order-saga.order-views', defaultValue: [] })
  const [name, setName] = useState('')
  const open = (view: View) => {
    if (view.columns) setColumns(view.columns)
    void navigate({ search: orderSearchOf(view.search) })
  }
  const save = () => {
    setViews([...views.filter((view) => view.name !== name), { name, search, columns }])
    setName('')
  }
  return (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconBookmark size={16} />}>
          {words.views.title}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {usualViews.map((view) => (
          <Menu.Item key={view.name} onClick={() => open(view)}>
            {view.name}
          </Menu.Item>
        ))}
        {views.length > 0 && <Menu.Label>{words.views.own}</Menu.Label>}
        {views.map((view) => (
          <Group key={view.name} wrap="nowrap" gap={4}>
            <Menu.Item onClick={() => open(view)}>{view.name}</Menu.Item>
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={words.views.remove(view.name)}
              onClick={() => setViews(views.filter((one) => one !== view))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Menu.Divider />
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim() !== '') save()
          }}
        >
          <Group wrap="nowrap" gap={4} p={4}>
            <TextInput
              size="xs"
              aria-label={words.views.name}
              placeholder={words.views.name}
              value={name}
              maxLength={60}
              onChange={(event) => setName(event.currentTarget.value)}
              // The menu takes letters as a search for its items.
              onKeyDown={(event) => event.stopPropagation()}
            />
            <Button size="xs" type="submit" disabled={name.trim() === ''}>
              {words.views.save}
            </Button>
          </Group>
        </form>
      </Menu.Dropdown>
    </Menu>
  )
}
