import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type OxlintOverride } from 'oxlint'

/** `only` lists what a folder may know of ours besides itself, `typesOf` what of it as types; `never` what it may not know at all. */
type Room = { only: string[]; typesOf?: string[]; never?: string[]; why: string }

/** Who may import whom. */
const rooms: Record<string, Room> = {
  contracts: {
    only: [],
    never: ['node:*', 'zod'],
    why: 'contracts imports nothing of ours, no Node built-in, and zod in contracts/rest alone',
  },
  'contracts/rest': {
    only: ['contracts', 'platform'],
    never: ['node:*', '#platform/*', '!#platform/values/', '!#platform/values/**'],
    why: "contracts/rest, the gateway's REST schemas, knows contracts and the plain checks of platform/values",
  },
  platform: { only: [], why: 'platform imports nothing of ours and knows no domain word' },
  workflows: {
    only: ['contracts'],
    typesOf: ['activities'],
    never: ['node:*', 'zod', '#contracts/rest/**', '@temporalio/client'],
    why: 'a workflow is deterministic: contracts, and activities as types only; no Node built-in, no clock, no zod, no client',
  },
  clients: {
    only: ['contracts', 'platform', 'generated'],
    why: 'clients is how others reach workflows, the gateway and live updates; it knows contracts alone',
  },
  ...Object.fromEntries(
    readdirSync(join(import.meta.dirname, 'services')).map((name) => [`services/${name}`, service()]),
  ),
  activities: {
    only: ['contracts', 'platform', 'clients', 'services', 'generated'],
    why: 'activities are adapters over one service',
  },
  api: {
    only: ['contracts', 'platform', 'clients', 'generated'],
    never: ['pg', '@temporalio/worker'],
    why: 'the gateway asks services by gRPC, and orders through the workflow client',
  },
  simulators: {
    only: ['contracts', 'platform', 'clients', 'generated'],
    why: 'simulators are outsiders: they know contracts and clients alone',
  },
  cli: {
    only: ['contracts', 'platform', 'clients', 'audit', 'generated'],
    why: 'the cli is an outsider: it knows contracts and clients alone',
  },
  web: {
    only: ['contracts'],
    // Their values bring zod along, which no page needs.
    typesOf: ['contracts/rest'],
    never: ['node:*', '#clients/*', '#clients/**', '!#clients/live/', '!#clients/live/**'],
    why: 'the web application is an outsider in a browser: it knows contracts and clients/live alone',
  },
  audit: {
    only: ['contracts', 'platform', 'generated'],
    why: 'the audit reads; it uses no code that it checks',
  },
}

/** Tests and what they stand on may know anything. */
const tests = ['**/*.test.ts', '**/fixtures.ts', '**/testing/**']

function service(): Room {
  return {
    only: ['contracts', 'platform', 'generated'],
    never: ['@temporalio/*', 'express'],
    why: 'a service knows no other service, no Temporal and no HTTP',
  }
}

const all = [
  'contracts',
  'platform',
  'workflows',
  'clients',
  'activities',
  'services',
  'workers',
  'api',
  'simulators',
  'cli',
  'audit',
  'stack',
]

function importRules(room: string, { only, typesOf = [], never = [], why }: Room): OxlintOverride {
  const own = room.split('/')[0] ?? room
  const forbidden = all.filter(
    (folder) => folder !== own && !only.includes(folder) && !typesOf.includes(folder),
  )
  const groups = forbidden.flatMap((folder) => [`#${folder}/*`, `#${folder}/**`])
  const siblings = room.includes('/') ? [`#${own}/*/*`, `!#${room}/*`] : []
  return {
    files: [`${room}/**/*.{ts,tsx}`],
    excludeFiles: [...tests, 'web/vite.config.ts'],
    rules: {
      'typescript/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: [...groups, ...siblings, ...never], message: why },
            ...(typesOf.length > 0
              ? [{ group: typesOf.map((folder) => `#${folder}/**`), allowTypeImports: true, message: why }]
              : []),
          ],
        },
      ],
    },
  }
}

const ourConnections = { name: 'pg', message: 'connections are made in platform/postgres alone' }
const otherRunners = {
  group: ['node:test', 'node:assert*'],
  message: 'tests run in Jest: import from @jest/globals',
}

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'import', 'promise', 'node'],
  categories: { correctness: 'error', suspicious: 'error' },
  env: { node: true, es2024: true },
  ignorePatterns: ['generated', 'node_modules', '.stack'],
  rules: {
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': ['error', { ignoreVoid: true }],
    'typescript/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/consistent-type-imports': 'error',
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'no-restricted-imports': ['error', { paths: [ourConnections], patterns: [otherRunners] }],
    // A matter of taste, or said by the compiler already.
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/unbound-method': 'off',
    'typescript/consistent-return': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'import/no-named-as-default-member': 'off',
    'no-underscore-dangle': 'off',
    'no-shadow': 'off',
  },
  overrides: [
    {
      files: ['platform/postgres/**', 'stack/servers/postgres.ts', ...tests],
      rules: { 'no-restricted-imports': ['error', { patterns: [otherRunners] }] },
    },
    ...Object.entries(rooms).map(([room, rule]) => importRules(room, rule)),
    {
      files: ['services/*/domain/*.ts'],
      excludeFiles: tests,
      rules: {
        'typescript/no-restricted-imports': [
          'error',
          {
            patterns: [
              {
                group: [
                  '../*',
                  '#*/**',
                  '!#contracts/**',
                  '#contracts/rest/**',
                  '!#platform/',
                  '!#platform/values/',
                  '!#platform/values/**',
                  'node:*',
                  '@*/*',
                  'pg',
                  'kafkajs',
                  'redis',
                  'zod',
                  'express',
                ],
                message:
                  'a domain decides: it imports contracts, and the plain checks of platform/values, alone',
              },
            ],
          },
        ],
      },
    },
    {
      files: ['web/**/*.{ts,tsx}'],
      plugins: ['typescript', 'unicorn', 'import', 'promise', 'react', 'jsx-a11y'],
      rules: {
        'react/react-in-jsx-scope': 'off',
        'react/no-array-index-key': 'off',
        // A table's cells are functions, not components.
        'react/no-unstable-nested-components': 'off',
        // Roles go on components of the kit.
        'jsx-a11y/prefer-tag-over-role': 'off',
        'import/no-unassigned-import': ['error', { allow: ['**/*.css', '**/styles.ts'] }],
      },
    },
    // The one command that is a simulator.
    { files: ['cli/commands/generate.ts'], rules: { 'typescript/no-restricted-imports': 'off' } },
  ],
})
