import { Badge, Card, SimpleGrid, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { System } from '#contracts/rest/system.ts'
import { systemQuery } from '../api/queries.ts'
import { texts } from '../texts/index.ts'
import { formatBytes, formatCount } from '../ui/format.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { When } from '../ui/values.tsx'
import { WideTable } from '../ui/wide-table.tsx'

const words = texts.console.system

/** Each process and server: up or down, since when, and what waits in it. */
export function SystemPage() {
  const system = useQuery(systemQuery)
  return (
    <Page title={words.title} lead={words.lead}>
      <Loaded query={system} lines={10}>
        {(data) => <Parts system={data} />}
      </Loaded>
    </Page>
  )
}

function Parts({ system: { services, servers, databases, consumerGroups } }: { system: System }) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Part
          title={words.services}
          headers={[words.name, words.state, words.since, words.version, words.needs]}
        >
          {services.map(({ name, state, since, version, why, needs }) => (
            <tr key={name}>
              <td>{name}</td>
              <td>
                <State state={state} why={why} />
              </td>
              <td>{since && <When at={since} relative />}</td>
              <td>{version}</td>
              <td>
                {needs
                  .filter((need) => need.state === 'down')
                  .map((need) => words.lacks(need.name))
                  .join(', ')}
              </td>
            </tr>
          ))}
        </Part>
        <Part title={words.servers} headers={[words.name, words.state, words.since, words.version]}>
          {servers.map(({ name, state, since, version, why }) => (
            <tr key={name}>
              <td>{name}</td>
              <td>
                <State state={state} why={why} />
              </td>
              <td>{since && <When at={since} relative />}</td>
              <td>{version}</td>
            </tr>
          ))}
        </Part>
      </SimpleGrid>
      <Part
        title={words.databases}
        headers={[words.name, words.state, words.version, words.size, words.outbox]}
      >
        {databases.map(({ name, state, version, bytes, outbox, why }) => (
          <tr key={name}>
            <td>{name}</td>
            <td>
              <State state={state} why={why} />
            </td>
            <td>{version}</td>
            <td>{bytes !== null && formatBytes(bytes)}</td>
            <td>
              {outbox && formatCount(outbox.waiting)}{' '}
              {outbox?.oldestAt && (
                <>
                  ({words.oldest} <When at={outbox.oldestAt} relative />)
                </>
              )}
            </td>
          </tr>
        ))}
      </Part>
      {consumerGroups ? (
        <Part title={words.groups} headers={[words.name, words.members, words.lag]}>
          {consumerGroups.map(({ groupId, members, lag }) => (
            <tr key={groupId}>
              <td>{groupId}</td>
              <td>{members === 0 ? <Text c="red">{words.nobody}</Text> : members}</td>
              <td>{formatCount(lag)}</td>
            </tr>
          ))}
        </Part>
      ) : (
        <Text c="red">{words.noKafka}</Text>
      )}
    </>
  )
}

type PartProps = { title: string; headers: readonly string[]; children: ReactNode }

const Part = ({ title, headers, children }: PartProps) => (
  <Card withBorder padding="md" component="section" aria-label={title}>
    <Title order={2} mb="xs">
      {title}
    </Title>
    <WideTable minWidth={420} aria-label={title} className="plain-table">
      <thead>
        <tr>
          {headers.map((header) => (
            <th key={header}>{header}</th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </WideTable>
  </Card>
)

const State = ({ state, why }: { state: 'up' | 'down'; why: string | null }) => (
  <>
    <Badge variant="light" color={state === 'up' ? 'green' : 'red'}>
      {words.states[state]}
    </Badge>
    {why && (
      <Text size="xs" c="red">
        {why}
      </Text>
    )}
  </>
)
