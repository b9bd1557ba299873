import express, { Router } from 'express'
import { absolutePath } from 'swagger-ui-dist'

const initializer = `window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    tryItOutEnabled: true,
    presets: [SwaggerUIBundle.presets.apis],
  })
}
`

/** Swagger UI, from the package's own files; only what it shows is ours. */
export function createDocs(): Router {
  const router = Router()
  router.get('/swagger-initializer.js', (_request, response) => {
    response.type('text/javascript').send(initializer)
  })
  router.use(express.static(absolutePath()))
  return router
}
