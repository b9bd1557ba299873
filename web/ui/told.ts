import { notifications } from '@mantine/notifications'
import { texts } from '../texts/index.ts'

/** A short word at the edge of the page. */
export const tell = (message: string, color = 'petrol'): void => {
  notifications.show({ message, color, withBorder: true, autoClose: 5_000 })
}

/** What could not be done, and why. */
export const tellError = (error: unknown): void => {
  notifications.show({
    title: texts.states.notDone,
    message: error instanceof Error ? error.message : String(error),
    color: 'red',
    withBorder: true,
    autoClose: 10_000,
  })
}
