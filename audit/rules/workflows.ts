import { hasEnded } from '../facts/order.ts'
import type { WorkflowFacts } from '../facts/workflows.ts'
import { noneOf, type OrderRule, verdict } from './rule.ts'

/** Each order's record against its workflow. */
export const workflowRules: OrderRule[] = [
  {
    kind: 'order',
    name: 'workflows.recorded',
    says: 'Every order workflow has its order on record.',
    counts: 'workflows',
    needs: ['order', 'temporal'],
    unless: ['saga'],
    judge({ order, workflow }) {
      if (!workflow) return undefined
      return verdict(order !== undefined, `its workflow is ${workflow.state}, and it is not on record`)
    },
  },
  {
    kind: 'order',
    name: 'workflows.exist',
    says: 'Every order on record has its workflow.',
    counts: 'orders',
    exempt: 'ended longer ago than Temporal keeps workflows',
    needs: ['order', 'temporal'],
    judge({ order, workflow, pastRetention }) {
      if (!order) return undefined
      if (!workflow && pastRetention) return 'exempt'
      return verdict(workflow !== undefined, `${order.status}, and Temporal knows no workflow of it`)
    },
  },
  {
    kind: 'order',
    name: 'workflows.unbroken',
    says: 'No order that has not ended has a workflow that failed, or was ended by force.',
    counts: 'workflows',
    exempt: 'was ended by force after its order had ended',
    needs: ['order', 'temporal'],
    judge({ order, workflow }) {
      if (!workflow) return undefined
      if (!isBroken(workflow)) return 'right'
      return order && hasEnded(order)
        ? 'exempt'
        : { wrong: `${order?.status ?? 'not on record'}, and its workflow is ${workflow.state}` }
    },
  },
  {
    kind: 'order',
    name: 'workflows.work',
    says: 'No order waits for a workflow whose tasks fail.',
    counts: 'workflows that run',
    needs: ['temporal'],
    judge({ workflow }) {
      if (workflow?.state !== 'RUNNING') return undefined
      const { failing, mark, problems } = workflow
      // The server's own word is some moments behind: asked by itself, the workflow's last task decides.
      const failed = mark === undefined ? problems.find((one) => /WorkflowTaskFailed/.test(one)) : failing
      return verdict(failed === undefined, `its workflow’s task fails again and again: ${failed}`)
    },
  },
  {
    kind: 'order',
    name: 'workflows.agree',
    says: 'An order has ended when its workflow has, and both show the same status.',
    counts: 'orders with a workflow',
    needs: ['order', 'temporal'],
    unless: ['saga'],
    judge({ order, workflow }) {
      if (!order || !workflow || isBroken(workflow)) return undefined
      const agree =
        hasEnded(order) === (workflow.state === 'COMPLETED') && order.status === workflow.orderStatus
      return verdict(
        agree,
        `${order.status} on record, its workflow is ${workflow.state} and shows ${workflow.orderStatus}`,
      )
    },
  },
  {
    kind: 'order',
    name: 'workflows.stuck',
    says: 'An order shows as stuck on record when its workflow does.',
    counts: 'orders on their way',
    needs: ['order', 'temporal'],
    unless: ['saga'],
    judge({ order, workflow }) {
      if (!order || workflow?.state !== 'RUNNING' || hasEnded(order)) return undefined
      const { stuckStep } = workflow
      const steps = order.stuck.map(({ step }) => step)
      const agree = stuckStep === undefined ? steps.length === 0 : steps.includes(stuckStep)
      return verdict(
        agree,
        `stuck at ${steps.join(', ') || 'nothing'} on record, at ${stuckStep ?? 'nothing'} by its workflow`,
      )
    },
  },
  {
    kind: 'order',
    name: 'workflows.results',
    says: 'What a workflow answered in the end is what is on record.',
    counts: 'workflows that ended',
    exempt: 'whose result was not asked for, or cannot be read',
    needs: ['order', 'payment', 'temporal'],
    judge({ order, payment, workflow, told }) {
      if (!order || !hasEnded(order) || workflow?.state !== 'COMPLETED') return undefined
      if (told?.kind !== 'result' || told.result.status === undefined) return 'exempt'
      const { status, reason, charged, refunded } = told.result
      return noneOf([
        ...unlike('status', status, order.status),
        // One that only found its order ended tells no more.
        ...(reason ? unlike('reason', reason, order.reason) : []),
        ...(charged ? unlike('charged', charged, payment?.amount ?? 0n) : []),
        ...(refunded !== undefined && BigInt(refunded) > order.refunded
          ? unlike('refunded', refunded, order.refunded)
          : []),
      ])
    },
  },
]

const isBroken = ({ state }: WorkflowFacts): boolean => !['RUNNING', 'COMPLETED', 'PAUSED'].includes(state)

type Word = string | number | bigint | null
const unlike = (what: string, told: Word, onRecord: Word): string[] =>
  String(told) === String(onRecord) ? [] : [`${what} ${told}, on record ${onRecord}`]
