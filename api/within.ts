export { TooSlow, within } from '#platform/within.ts'
