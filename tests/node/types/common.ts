// What the types must accept and refuse, as CommonJS sees them. Compiled only, by coverage.test.js.

import {
  type Client,
  type ClientOptions,
  cardSign,
  clientFromEnv,
  createClient,
  explain,
  type SignatureData,
  sign,
  type WorkClient,
  type WorkOptions,
  WxSignError,
} from 'wxsign'
import { configure, getJsapiTicket, sign as signAsTheTutorial } from 'wxsign/compat'
import { type Mock, startMock } from 'wxsign/testing'
import { type Signatures, signatures } from 'wxsign/wecom'

const options: ClientOptions = {
  appId: 'wx1',
  appSecret: 's',
  baseUrl: ['https://api.weixin.qq.com', 'https://api2.weixin.qq.com'] as const,
  tokenApi: 'stable',
  store: { dir: '/var/lib/me' },
  allowedHosts: ['example.com'],
  timeoutMs: 5_000,
  onEvent(event) {
    if (event.name === 'failed') event.error.code satisfies string
    if (event.name === 'refreshed') event.remainingMs satisfies number
    if (event.name === 'refreshed') event.source satisfies 'service' | 'store' | 'caller'
    // @ts-expect-error only a failure has an error
    event.error
  },
}

export async function accepted(): Promise<void> {
  const wx: Client = createClient(options)
  const config = await wx.config('https://example.com/', {
    jsApiList: ['scanQRCode'],
    openTagList: ['wx-open-launch-app'],
    debug: true,
    signal: AbortSignal.timeout(100),
  })
  config.timestamp satisfies number
  config.openTagList satisfies string[] | undefined
  wx.tryConfig('https://example.com/').signature satisfies string
  ;(await wx.ticket()) satisfies string
  ;(await wx.accessToken({ signal: new AbortController().signal })) satisfies string
  wx.invalidate('x') satisfies boolean
  wx.state().ticket.remainingMs satisfies number | null
  await wx.close()
  {
    await using other = createClient({
      appId: 'wx1',
      accessToken: async ({ rejected }) => rejected ?? 'T',
      store: 'memory',
    })
    other.setAccessToken('T')
  }
  const signed: SignatureData = sign({ ticket: 'T', url: 'U', timestamp: '1414587457' })
  signed.timestamp satisfies number
  configure({ appID: 'wx1', secret: 's', wxapiBaseUrl: 'https://api.weixin.qq.com/cgi-bin' })
  signAsTheTutorial('wx1', await getJsapiTicket('T'), 'U').timestamp satisfies string
  try {
    sign({ ticket: 'T', url: 'U' })
  } catch (error) {
    if (error instanceof WxSignError) {
      error.code satisfies 'INVALID_ARGUMENT' | string
      error.retryAt satisfies Date | undefined
      error.httpStatus satisfies number
      error.host satisfies string | undefined
    }
  }
}

export async function acceptedOfWork(): Promise<Signatures> {
  const app: WorkOptions = { corpId: 'ww1', agentId: 1000002, appSecret: 's', store: 'memory' }
  const wx: WorkClient = createClient({ ...app, agentId: '1000002' })
  const { corpid, agentid, timestamp, nonceStr, signature, jsApiList } = await wx.agentConfig('https://a.cn/', {
    jsApiList: ['selectExternalContact'] as const,
    signal: AbortSignal.timeout(100),
  })
  ;[corpid, agentid, nonceStr, signature, ...jsApiList] satisfies string[]
  timestamp satisfies number
  wx.tryAgentConfig('https://a.cn/').agentid satisfies string
  ;(await createClient(options).invoiceConfig()).signType satisfies 'SHA1'
  wx.tryInvoiceConfig().timestamp satisfies string
  wx.state().agentTicket?.freshness satisfies string | undefined
  cardSign(['INVOICE', timestamp, undefined, '']) satisfies string
  createClient({ appId: 'wx1', ticket: 'T' }).setTicket('T')
  createClient({ ...app, appSecret: undefined, ticket: async ({ kind, rejected }) => rejected ?? kind })
  createClient({ ...app, appSecret: undefined, ticket: () => ({ ticket: 'T', expiresIn: 7_200 }) })
  clientFromEnv({ agentId: '1000003' }).tryAgentConfig satisfies WorkClient['tryAgentConfig']
  clientFromEnv({ corpId: 'ww1' }).tryAgentConfig satisfies WorkClient['tryAgentConfig']
  ;(clientFromEnv() as WorkClient).tryAgentConfig satisfies WorkClient['tryAgentConfig']
  createClient({ ...app, store: { dir: process.env.STATE_DIR } })
  const { WX_CORP_ID: corpId, WX_AGENT_ID: agentId, WX_APP_SECRET: appSecret } = process.env
  createClient({ corpId, agentId, appSecret }).agentConfig satisfies WorkClient['agentConfig']
  const all = signatures(wx, { suiteTicket: async () => 'T' })
  ;(await all.getSuiteConfigSignature('https://a.cn/')).timestamp satisfies number
  return all
}

export async function refusedOfWork(wx: Client, work: WorkClient): Promise<void> {
  // @ts-expect-error the client of a 公众号 has no agentConfig
  await wx.agentConfig('https://a.cn/')
  // @ts-expect-error an account is of one family
  createClient({ appId: 'wx1', corpId: 'ww1', agentId: 1, appSecret: 's' })
  // @ts-expect-error an app has an agentId
  createClient({ corpId: 'ww1', appSecret: 's' })
  // @ts-expect-error 企业微信 has one interface for tokens
  createClient({ corpId: 'ww1', agentId: 1, appSecret: 's', tokenApi: 'classic' })
  // @ts-expect-error wx.agentConfig takes no open tags
  await work.agentConfig('https://a.cn/', { openTagList: [] })
  // @ts-expect-error a value is a text or a number
  cardSign([null])
  // @ts-expect-error a ticket is a string
  createClient({ appId: 'wx1', ticket: 7 })
  // @ts-expect-error seconds are a number
  createClient({ appId: 'wx1', ticket: () => ({ ticket: 'T', expiresIn: '7200' }) })
}

export async function mocked(): Promise<Mock> {
  await using mock = await startMock({
    ticketLife: 5,
    appId: process.env.WX_APP_ID,
    appSecret: process.env.WX_APP_SECRET,
  })
  createClient({ ...mock.options, allowedHosts: ['example.com'] })
  mock.fault({ kind: 'errcode', errcode: 40164, times: 1 })
  mock.verify(await createClient(mock.options).config('https://example.com/'), 'https://example.com/')
    .ok satisfies boolean
  const work = createClient(mock.workOptions)
  mock.verify(await work.agentConfig('https://example.com/'), 'https://example.com/')
  mock.verify({ ...(await work.invoiceConfig()), appId: mock.workOptions.corpId })
  mock.counts().total satisfies number
  // @ts-expect-error which code?
  mock.fault({ kind: 'errcode' })
  // @ts-expect-error a kind that does not exist
  mock.fault({ kind: 'nothing' })
  // @ts-expect-error a name that is no option
  return startMock({ ticket_life: 5 })
}

export async function refused(wx: Client): Promise<void> {
  // @ts-expect-error a name that is no option
  createClient({ appId: 'wx1', appSecret: 's', appid: 'wx1' })
  // @ts-expect-error a number is no appId
  createClient({ appId: 1, appSecret: 's' })
  // @ts-expect-error another interface
  createClient({ ...options, tokenApi: 'v2' })
  // @ts-expect-error a number is no store
  createClient({ ...options, store: 7 })
  createClient({ ...options, store: 'redis://127.0.0.1' })
  // @ts-expect-error options are needed
  createClient()
  // @ts-expect-error the url is needed
  await wx.config()
  // @ts-expect-error a list, not a string
  await wx.config('https://example.com/', { jsApiList: 'scanQRCode' })
  // @ts-expect-error a promise is no string
  wx.tryConfig(Promise.resolve('https://example.com/'))
  // @ts-expect-error the ticket is needed
  sign({ url: 'U' })
  // @ts-expect-error the name is nonceStr
  sign({ ticket: 'T', url: 'U', noncestr: 'N' })
  // @ts-expect-error a Date is no timestamp
  sign({ ticket: 'T', url: 'U', timestamp: new Date() })
  // @ts-expect-error a token is a string
  await getJsapiTicket(7)
  // @ts-expect-error a code that does not exist
  new Error() instanceof WxSignError || ({} as WxSignError).code === 'NO_SUCH_CODE'
}

export function fromTheEnvironment(): Client {
  const { WX_APP_ID, WX_APP_SECRET, WX_BASE_URL, WX_ALLOWED_HOSTS, REDIS_URL, PROXY, CA, TICKET } = process.env
  const given = { appId: WX_APP_ID, appSecret: WX_APP_SECRET, baseUrl: WX_BASE_URL, allowedHosts: WX_ALLOWED_HOSTS }
  createClient({ ...given, store: REDIS_URL, proxy: PROXY, caFile: CA, importTicketFile: TICKET, allowHttp: true })
  createClient({ ...given, tokenApi: undefined, accessToken: undefined, timeoutMs: undefined, onEvent: undefined })
  configure({ ...given, secret: WX_APP_SECRET, wxapiBaseUrl: WX_BASE_URL })
  // @ts-expect-error a name that is no option
  clientFromEnv({ secret: 's' })
  return clientFromEnv({ allowedHosts: ['example.com'] })
}

/** What a page reported, as a server has it. */
export function reported(body: { url?: string; realAuthUrl?: string[]; timestamp?: number }): string {
  const { url, realAuthUrl, timestamp } = body
  return explain({ url, realAuthUrl, timestamp, ticket: process.env.WX_JSAPI_TICKET }).verdict
}
