import { z } from 'zod'
import { zUrl } from '#platform/process/config.ts'

/** Another issuer whose tokens are good beside ours, and where its keys are. */
export const externalIssuerVariables = {
  EXTERNAL_ISSUER: z.string().optional(),
  EXTERNAL_JWKS_URL: zUrl.optional(),
}

type External = { EXTERNAL_ISSUER?: string | undefined; EXTERNAL_JWKS_URL?: string | undefined }

export const bothOrNeither = (config: External): boolean =>
  (config.EXTERNAL_ISSUER === undefined) === (config.EXTERNAL_JWKS_URL === undefined)
export const orElse = { path: ['EXTERNAL_JWKS_URL'], error: 'given together with EXTERNAL_ISSUER' }

export const externalIssuers = ({ EXTERNAL_ISSUER: issuer, EXTERNAL_JWKS_URL: url }: External) =>
  issuer && url ? [{ issuer, keys: new URL(url) }] : []
