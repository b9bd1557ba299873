import { z } from 'zod'

export const About = z
  .object({
    workflowsUrl: z.string().nullable().meta({
      description: "The list of workflows in Temporal's Web UI; `/<workflowId>` after it is one of them",
    }),
  })
  .meta({ id: 'About' })
export type About = z.output<typeof About>
