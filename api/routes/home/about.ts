import { type Route, route } from '#api/http/route.ts'
import { About } from '#contracts/rest/about.ts'

/** What pages need to know of this system before anybody signs in. */
export const aboutRoute = ({ workflowsUrl }: { workflowsUrl: string | undefined }): Route =>
  route({
    method: 'get',
    path: '/v1/about',
    name: 'getAbout',
    access: 'public',
    tag: 'health',
    summary: 'What this system is made of, for links',
    answers: {
      200: {
        description: 'The links',
        schema: About,
        example: { workflowsUrl: 'http://127.0.0.1:8233/namespaces/default/workflows' },
      },
    },
  }).handledBy(async () => ({ status: 200, body: { workflowsUrl: workflowsUrl ?? null } }))
