import { createTheme, type MantineColorsTuple } from '@mantine/core'

const petrol: MantineColorsTuple = [
  '#e6f7fa',
  '#d3ebf0',
  '#a7d6df',
  '#78c0cd',
  '#52adbe',
  '#3aa1b5',
  '#2b9bb1',
  '#18879c',
  '#0b7285',
  '#005f70',
]

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 8, dark: 7 },
  colors: { petrol },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.7rem' }, h2: { fontSize: '1.25rem' }, h3: { fontSize: '1.05rem' } },
  },
  cursorType: 'pointer',
  focusRing: 'auto',
})
