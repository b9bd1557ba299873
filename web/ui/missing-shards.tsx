import { Text } from '@mantine/core'
import { texts } from '../texts/index.ts'

type MissingShardsProps = {
  list: { pages: readonly { missing: readonly { shard: string; why: string }[] }[] } | undefined
}

/** Says that a list is not whole, and why. */
export const MissingShards = ({ list }: MissingShardsProps) =>
  list?.pages[0]?.missing.map(({ shard, why }) => (
    <Text key={shard} c="orange" size="sm" role="alert">
      {texts.common.missing(shard, why)}
    </Text>
  ))
