// explain(): why a signature is invalid. Pure: no request, no state.

import { isArray, kind } from './check'
import { callAddon, invalid, orThrow } from './error'
import { native } from './native'

/** What is known of a failed `wx.config`. Give what you have: the more there is, the surer the report. */
export interface Evidence {
  /** The URL that was to be signed: what the page sent to the server. */
  url?: string | undefined
  /** The page's `location.href`. */
  pageUrl?: string | undefined
  /** `realAuthUrl` of `wx.error`: the addresses that WeChat verified. */
  realAuthUrl?: string | readonly string[] | undefined
  /** The ticket that was used. With it a cause can be proven. No report contains it. */
  ticket?: string | undefined
  /** `nonceStr` of `wx.config`. */
  nonceStr?: string | undefined
  /** `timestamp` of `wx.config`. */
  timestamp?: number | string | undefined
  /** `signature` of `wx.config`. */
  signature?: string | undefined
  /** `appId` of `wx.config`. */
  appId?: string | undefined
  /** `errMsg` of `wx.error`. */
  errMsg?: string | undefined
  /** `navigator.userAgent`. */
  userAgent?: string | undefined
  /** Whether the page runs in an iframe. */
  inFrame?: boolean | undefined
  /** Other fields that `wx.config` was given; only their names are read, since a misspelled one is a cause. */
  [name: string]: unknown
}

/** One reason why the signature is, or may be, invalid. */
export interface Cause {
  /** A stable word, such as `fragment_kept`; docs/diagnosis.md has a section for each. */
  code: string
  /** `proven`: the SHA-1 over exactly this mistake is the signature. */
  certainty: 'proven' | 'likely' | 'possible'
  /** What happened, in English. */
  title: string
  /** What happened, in Chinese. */
  titleZh: string
  /** What to do, in English. */
  fix: string
  /** What to do, in Chinese. */
  fixZh: string
  /** The URL or the field name that was signed. */
  signed?: string
  /** The URL or the field name that WeChat expects in its place. */
  expected?: string
  /** What a client knows of its ticket, in English: when it was handed out, and what became of it. */
  detail?: string
  /** The same in Chinese. */
  detailZh?: string
}

/** A verdict and its causes, the surest first. It contains no ticket and no signature. */
export interface Report {
  /** `valid` only if the SHA-1 fits and no other evidence contradicts it. */
  verdict: 'valid' | 'invalid' | 'unknown'
  causes: Cause[]
}

const FIELDS = [
  'url',
  'pageUrl',
  'realAuthUrl',
  'ticket',
  'nonceStr',
  'timestamp',
  'signature',
  'appId',
  'errMsg',
  'userAgent',
  'inFrame',
]

/**
 * Explains a failed signature: whether it is right, and if not, what was signed instead.
 *
 * @throws WxSignError `INVALID_ARGUMENT` if a field has the wrong type.
 *
 * @example
 * const evidence = { url, pageUrl, realAuthUrl, ticket, nonceStr, timestamp, signature }
 * const { verdict, causes } = explain(evidence)
 * console.log(verdict, causes[0]?.title, causes[0]?.fix)
 */
export function explain(evidence: Evidence): Report {
  return JSON.parse(callAddon(() => orThrow(native.explainEvidence(evidenceText(evidence)))))
}

/** @internal The evidence as the core reads it: known fields with their values, other ones by their names. */
export function evidenceText(evidence: Evidence): string {
  if (typeof evidence !== 'object' || evidence === null || isArray(evidence)) {
    throw invalid(`explain() takes an object, not ${kind(evidence)}`)
  }
  try {
    const names = Object.keys(evidence)
    return JSON.stringify(Object.fromEntries(names.map((name) => [name, FIELDS.includes(name) ? evidence[name] : 0])))
  } catch {
    throw invalid('what explain() was given cannot be read as JSON')
  }
}
