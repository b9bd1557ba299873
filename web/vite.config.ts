import react from '@vitejs/plugin-react-swc'
import { defineConfig } from 'vite'
import { compression } from 'vite-plugin-compression2'

/** The gateway serves what is built here (api/http/web.ts), compressed ahead of time. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compression({ algorithms: ['gzip', 'brotliCompress'], threshold: 1_000 })],
  build: {
    outDir: '../generated/web',
    emptyOutDir: true,
    target: 'es2022',
    // Inline assets would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
  },
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
})
