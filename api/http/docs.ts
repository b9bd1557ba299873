import type { Express, Response } from 'express'
import { absolutePath } from 'swagger-ui-dist'
import { refuseOtherMethods } from './methods.ts'

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

/** What the page loads; the package holds more, which is nobody's business. */
const files = [
  'swagger-ui.css',
  'index.css',
  'favicon-32x32.png',
  'favicon-16x16.png',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
]

/** The OpenAPI document, and Swagger UI from the package's own files; only what it shows is ours. */
export function registerDocs(app: Express, document: object): void {
  const pages: [path: string, answer: (response: Response) => void][] = [
    ['/openapi.json', (response) => response.json(document)],
    ['/docs', (response) => response.redirect(301, '/docs/')],
    ['/docs/', (response) => sendFile(response, 'index.html')],
    ['/docs/swagger-initializer.js', (response) => response.type('text/javascript').send(initializer)],
    ...files.map((name): (typeof pages)[number] => [`/docs/${name}`, (response) => sendFile(response, name)]),
  ]
  for (const [path, answer] of pages) {
    app.get(path, (_request, response) => answer(response))
    refuseOtherMethods(app, path, ['GET'])
  }
}

const sendFile = (response: Response, name: string) => response.sendFile(name, { root: absolutePath() })
