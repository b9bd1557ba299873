import { type ReturnSort, type ReturnStatus, returnSorts, returnStatuses } from '#contracts/return.ts'

/** Which returns, as the address and the API say it. Without a status: those that staff have to do something about. */
export type ReturnSearch = { status?: ReturnStatus[]; sort?: ReturnSort }

export const toDo: ReturnStatus[] = ['requested', 'accepted']

/** What is not understood is left out. */
export function returnSearchOf(search: Record<string, unknown>): ReturnSearch {
  const status = returnStatuses.filter((one) => [search.status].flat().includes(one))
  const sort = returnSorts.find((one) => one === search.sort)
  return { ...(status.length > 0 && { status }), ...(sort && { sort }) }
}
