import { availableParallelism } from 'node:os'

// Jest's processes load ES modules with this flag alone; what tests start does not get it (stack/jest/environment.ts).
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`

const integration = ['**/*.int.test.ts']
const workflow = ['**/workflows/**/*.test.ts']
const replay = ['**/tests/replay/*.test.ts']
const e2e = ['**/tests/e2e/*.test.ts']
const chaos = ['**/tests/chaos/*.test.ts']
const web = ['**/tests/web/*.test.ts']
const servers = {
  globalSetup: './stack/jest/start-servers.mjs',
  globalTeardown: './stack/jest/stop-servers.mjs',
}

/** Each file is in one project. Patterns that begin with ! take away what others have. */
const project = (displayName, testMatch, without = [], options = {}) => ({
  displayName,
  testMatch: [...testMatch, ...without.map((pattern) => `!${pattern}`)],
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: './stack/jest/environment.ts',
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/.stack/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/generated/', '<rootDir>/.stack/'],
  ...options,
})

export default {
  projects: [
    project('unit', ['**/*.test.ts'], [...integration, ...workflow, '**/tests/**']),
    project('integration', integration, workflow, servers),
    project('workflow', workflow, [], servers),
    project('replay', replay, [], { globalSetup: './stack/jest/fresh-bundle.mjs' }),
    project('e2e', e2e, [], servers),
    project('chaos', chaos, [], servers),
    project('web', web, [], servers),
  ],
  // Tests wait for servers as often as they compute.
  maxWorkers: Math.min(3, availableParallelism() + 1),
  // Also one file alone runs in a process of its own, which has the flag.
  workerIdleMemoryLimit: '2GB',
  reporters: ['default', './stack/jest/summary.ts'],
  // A test that hangs is to fail; none is slow.
  testTimeout: 400_000,
}
