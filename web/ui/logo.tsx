import { Group, Text } from '@mantine/core'
import { texts } from '../texts/index.ts'

export const Logo = () => (
  <Group gap={8} wrap="nowrap">
    <img src="/favicon.svg" width={28} height={28} alt="" />
    <Text fw={700} size="lg" visibleFrom="xs">
      {texts.product}
    </Text>
  </Group>
)
