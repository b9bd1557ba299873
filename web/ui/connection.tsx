import { Alert, Badge, Tooltip } from '@mantine/core'
import { useNetwork } from '@mantine/hooks'
import { IconWifiOff } from '@tabler/icons-react'
import { useIsLive } from '../api/live.ts'
import { texts } from '../texts/index.ts'

/** Whether what is shown changes by itself. */
export function LiveBadge() {
  const isLive = useIsLive()
  const { live, notLive, liveHint, notLiveHint } = texts.common
  return (
    <Tooltip label={isLive ? liveHint : notLiveHint}>
      <Badge variant="dot" color={isLive ? 'green' : 'orange'} tabIndex={0} role="status">
        {isLive ? live : notLive}
      </Badge>
    </Tooltip>
  )
}

export function OfflineBanner() {
  const { online } = useNetwork()
  if (online) return null
  return (
    <Alert color="orange" icon={<IconWifiOff size={18} />} radius={0} role="alert">
      {texts.common.offline}
    </Alert>
  )
}
