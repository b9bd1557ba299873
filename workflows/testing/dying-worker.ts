/** A worker that is killed while it redrives its third letter. */
import { NativeConnection } from '@temporalio/worker'
import { beQuiet } from './quiet.ts'
import { redriven, startRedriveWorker } from './redrive.ts'

const [address = '', namespace = ''] = process.argv.slice(2)
beQuiet()
let asked = 0
await startRedriveWorker(
  { connection: await NativeConnection.connect({ address }), namespace },
  {
    redriveLetter: async ({ letterId }) => {
      if (++asked === 3) process.kill(process.pid, 'SIGKILL')
      return redriven(letterId)
    },
  },
)
