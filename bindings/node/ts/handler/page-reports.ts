// What pages report when WeChat refused their config: explained with the client's ticket, and
// logged without a value, because a parameter may be a visitor's secret.

import { warn } from '../callback'
import type { Client } from '../client'
import { invalid } from '../error'
import type { Evidence, Report } from '../explain'
import { printable } from './failures'

/** The answer to a report. */
export interface ReportAnswer {
  status: number
  body?: Report
}

const PAUSE_MS = 1_000
const MAX_LENGTH = 2_048
const MAX_URLS = 4
const TEXTS = ['url', 'pageUrl', 'nonceStr', 'timestamp', 'signature', 'appId', 'errMsg', 'userAgent'] as const

/** Whether a body is a report. */
export function isReport(body: unknown): body is { report: unknown } {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'report') && !Object.hasOwn(body, 'url')
}

/** Makes the function that takes the reports of a handler's pages. */
export function takesReports(client: Client, option: unknown): (report: unknown) => Promise<ReportAnswer> {
  if (option !== undefined && typeof option !== 'boolean' && option !== 'page') {
    throw invalid("reports must be true, false or 'page'")
  }
  // As if there were no such route: a page that reports is not a visitor's mistake.
  if (!option) return async () => ({ status: 404 })
  let last = Number.NEGATIVE_INFINITY
  return async (report) => {
    const now = performance.now()
    if (now - last < PAUSE_MS) return { status: 204 }
    last = now
    const evidence = evidenceOf(report)
    const explained = await client.explain(evidence)
    warn(inWords(evidence, explained))
    return option === 'page' ? { status: 200, body: explained } : { status: 204 }
  }
}

/** What a visitor sent, cut to what the diagnosis reads. */
function evidenceOf(report: unknown): Evidence {
  if (typeof report !== 'object' || report === null) return {}
  const given = report as Record<string, unknown>
  const evidence: Evidence = {}
  for (const name of TEXTS) {
    const value = given[name]
    if (typeof value === 'string' || typeof value === 'number') evidence[name] = String(value).slice(0, MAX_LENGTH)
  }
  const { realAuthUrl } = given
  const urls = Array.isArray(realAuthUrl) ? realAuthUrl : [realAuthUrl]
  evidence.realAuthUrl = urls
    .filter((url) => typeof url === 'string')
    .slice(0, MAX_URLS)
    .map((url) => url.slice(0, MAX_LENGTH))
  if (given.inFrame === true) evidence.inFrame = true
  return evidence
}

function inWords({ url, pageUrl, realAuthUrl, errMsg }: Evidence, { verdict, causes }: Report): string {
  const lines = [
    `WeChat refused the config of a page: ${printable(String(errMsg ?? 'no errMsg'))} (signature ${verdict})`,
    `  signed for   ${place(url)}`,
    `  the page is  ${place(pageUrl)}`,
    ...[realAuthUrl ?? []].flat().map((real) => `  WeChat saw   ${place(real)}`),
    ...causes.flatMap(({ code, certainty, title, titleZh, fix, fixZh, detail, detailZh }) => [
      `  ${code} (${certainty}): ${title} ${titleZh}`,
      ...(detail ? [`    ${detail} ${detailZh}`] : []),
      `    ${fix}\n    ${fixZh}`,
    ]),
  ]
  return lines.join('\n')
}

/** Host, path and parameter names. */
function place(url: unknown): string {
  let page: URL
  try {
    page = new URL(String(url))
  } catch {
    return 'no URL'
  }
  const names = [...page.searchParams.keys()].slice(0, 20).map(printable)
  const parameters = names.length === 0 ? 'no parameters' : `the parameters ${names.join(', ')}`
  return `${page.protocol}//${page.host}${printable(page.pathname)} with ${parameters}`
}
