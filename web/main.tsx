import './app/styles.ts'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'

// After a new version was put in place the old one's files are gone.
window.addEventListener('vite:preloadError', () => window.location.reload())

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(<App />)
