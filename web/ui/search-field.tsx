import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'

type SearchFieldProps = { label: string; hint: string; value: string; onSearch: (text: string) => void }

/** Searches when whoever writes pauses. */
export function SearchField({ label, hint, value, onSearch }: SearchFieldProps) {
  const search = useDebouncedCallback(onSearch, 250)
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={hint}
      leftSection={<IconSearch size={16} />}
      defaultValue={value}
      onChange={(event) => search(event.currentTarget.value.trim())}
      w={{ base: '100%', xs: 280 }}
    />
  )
}
