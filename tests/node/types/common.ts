// What the types must accept and refuse, as CommonJS sees them. Compiled only, by coverage.test.js.

import { type Client, type ClientOptions, clientFromEnv, createClient, type Signed, sign, WxSignError } from 'wxsign'
import { configure, getJsapiTicket, sign as signAsTheTutorial } from 'wxsign/compat'

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
  const signed: Signed = sign({ ticket: 'T', url: 'U', timestamp: '1414587457' })
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
