import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { texts } from '../texts/index.ts'

type ConfirmProps = {
  title: string
  /** What follows from it. */
  hint: string
  action: string
  isPending: boolean
  onConfirm: () => void
  onClose: () => void
}

/** Asks once more before something that cannot be taken back. */
export const Confirm = ({ title, hint, action, isPending, onConfirm, onClose }: ConfirmProps) => (
  <Modal opened onClose={onClose} title={title} centered>
    <Stack>
      <Text size="sm">{hint}</Text>
      <Group justify="end">
        <Button variant="default" onClick={onClose}>
          {texts.common.cancel}
        </Button>
        <Button color="red" loading={isPending} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Stack>
  </Modal>
)
