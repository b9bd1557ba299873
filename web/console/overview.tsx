import { texts } from '../texts/index.ts'
import { Page } from '../ui/page.tsx'

export function OverviewPage() {
  return <Page title={texts.console.nav.overview}>{null}</Page>
}
