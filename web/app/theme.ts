import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

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
  primaryShade: 8,
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

/** Of texts on light backgrounds: the kit's own shades have too little contrast there. */
const darker: Record<string, string> = {
  orange: '#963500',
  green: '#1b6e2d',
  red: '#b02525',
  petrol: '#005f70',
}

const readable = Object.entries(darker).flatMap(([color, text]) => [
  [`--mantine-color-${color}-text`, text],
  [`--mantine-color-${color}-light-color`, text],
])

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': 'var(--mantine-color-gray-7)', ...Object.fromEntries(readable) },
  dark: { '--mantine-color-dimmed': 'var(--mantine-color-gray-5)' },
})
