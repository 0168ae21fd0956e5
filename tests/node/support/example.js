// A process that runs one block of JavaScript or HTML of the documents, as examples.test.js asks:
// against the sandbox, with the names that a reader's own program would have. Prints what it
// proved, as JSON.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { writeFileSync } = require('node:fs')
const { Server } = require('node:net')
const { resolve } = require('node:path')
const { rootCertificates } = require('node:tls')
const { inspect } = require('node:util')

const { code, language, page, sandbox } = JSON.parse(process.env.EXAMPLE)
// The pages of 企业微信 have an app of a corp in the environment, the others a 公众号.
const { WX_APP_ID: appId, WX_CORP_ID: corpId, WX_AGENT_ID: agentId, WX_APP_SECRET: appSecret } = process.env
const ACCOUNT = corpId === undefined ? { appId, appSecret } : { corpId, agentId, appSecret }
const HOST = 'https://example.com'
const PAGE = `${HOST}/shop?id=1&name=%E4%B8%AD`

// A page's fetch asks the page's server.
const fetchFromNode = fetch

/** What came of the block, checked: what the sandbox accepted, what was printed as the block says, and so on. */
const proofs = []
const clients = []
const servers = []
const printed = []
const complaints = []
const tokenFunctions = []

async function ask(path, body) {
  const answer = await fetchFromNode(
    sandbox + path,
    body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
  )
  return answer.json()
}

async function accepted(what, config, url) {
  const verdict = await ask('/verify', { ...config, url })
  assert.equal(verdict.ok, true, `${what}: ${JSON.stringify(verdict)}`)
  proofs.push(what)
}

// --- wxsign, asking the sandbox -----------------------------------------------------------------------------------------

/** The reader's options, with the sandbox for WeChat and this directory for the machine's. */
function redirected(options) {
  const names = options && ['appId', 'corpId', 'appSecret', 'accessToken'].some((name) => options[name] !== undefined)
  if (!names || options.client !== undefined) return options
  const { store = 'memory', caFile } = options
  const changed = { ...options, baseUrl: sandbox }
  changed.store = typeof store === 'object' ? { dir: resolve(`.${store.dir}`) } : store
  if (caFile !== undefined) {
    changed.caFile = resolve('ca.pem')
    writeFileSync(changed.caFile, rootCertificates[0])
  }
  return changed
}

function watched(entry) {
  const real = require(entry)
  if (typeof real === 'function') return real
  const changed = {}
  for (const name of ['createClient', 'wxsign', 'clientFromEnv', 'wecom']) {
    if (typeof real[name] !== 'function') continue
    changed[name] = (options) => {
      const made = real[name](name === 'clientFromEnv' ? { baseUrl: sandbox, ...options } : redirected(options))
      if (name !== 'wxsign') clients.push(made)
      return made
    }
  }
  return { ...real, ...changed }
}

const STAND_INS = {
  './app.config': { appId, appSecret, wxapiBaseUrl: sandbox },
}

function requireOf(name) {
  if (Object.hasOwn(STAND_INS, name)) return STAND_INS[name]
  return name.startsWith('wxsign') ? watched(name) : require(name)
}

// A server of the documents listens on any free port.
const listen = Server.prototype.listen
Server.prototype.listen = function (...args) {
  servers.push(this)
  return listen.call(this, 0, '127.0.0.1', ...args.filter((arg) => typeof arg === 'function'))
}

/** What a page of the documents fetches from its own server. */
function serverOf() {
  const { wxsign } = watched('wxsign/web')
  return wxsign({ ...ACCOUNT, allowedHosts: ['example.com'] })
}

// --- The names that the fragments use -----------------------------------------------------------------------------------

const app = /wxsign\/express/.test(code) ? require('express')() : new (require('koa'))()
const names = {
  require: requireOf,
  module: { exports: {} },
  console: {
    ...console,
    log: (...values) => printed.push(values.join(' ')),
    error: (...values) => complaints.push(values.join(' ')),
  },
  prove(signature) {
    assert.match(signature, /^[0-9a-f]{40}$/)
    proofs.push('signature')
  },
  ...watched('wxsign'),
  ...ACCOUNT,
  app,
  importOf: (name) =>
    name === '@wecom/jssdk' ? { register } : /^wxsign(?!\/page)/.test(name) ? watched(name) : import(name),
  render: JSON.stringify,
  log() {},
  // several-machines.md and deployment.md: the reader's own token
  fetchTokenFromOurService: () => token(),
  token,
  fetchCorpToken: () => token(),
  fetchSuiteTicket: async () => (await ask('/_sandbox/current')).jsapi_ticket?.value ?? 'a ticket of the suite',
  // migration.md, the files before the change
  fs: {
    readFileSync: () => JSON.stringify({ createTime: 0, expires_in: 7200, ticket: '' }),
    writeFileSync() {},
  },
  get: async (url) => (await fetch(url)).json(),
  wxapiBaseUrl: `${sandbox}/cgi-bin`,
  jsSHA: require('wxsign/jssha'),
  all: { jsapi_ticket: 't', nonceStr: 'n', timestamp: '1', url: PAGE },
  string1: 'abc',
  WechatAPI: class {
    constructor(_id, _secret, getToken) {
      tokenFunctions.push(getToken)
    }
  },
}
names.exports = names.module.exports

async function token() {
  const path = corpId
    ? `/cgi-bin/gettoken?corpid=${corpId}&corpsecret=${appSecret}`
    : `/cgi-bin/token?grant_type=client_credential&appid=${appId}&secret=${appSecret}`
  return (await ask(path)).access_token
}

/** Tencent's @wecom/jssdk, as far as the documents use it. */
const registered = []
function register({ corpId, agentId, getConfigSignature, getAgentConfigSignature }) {
  const signed = async () => {
    const [config, agentConfig] = [await getConfigSignature(PAGE), await getAgentConfigSignature(PAGE)]
    await accepted('getConfigSignature', { ...config, appId: corpId }, PAGE)
    await accepted('getAgentConfigSignature', { ...agentConfig, corpid: corpId, agentid: String(agentId) }, PAGE)
  }
  registered.push(signed())
}

/** What a page has: its address, WeChat's SDK, and its own server. */
async function browser() {
  const configs = []
  const calls = { ready: [], error: [] }
  const handler = serverOf()
  const location = Object.assign(new URL(`${PAGE}#top`), { reload() {} })
  const wx = {
    config(config) {
      configs.push(
        accepted('wx.config', config, PAGE).then(() => {
          for (const ready of calls.ready) ready()
        }),
      )
    },
    agentConfig({ success, fail, ...config }) {
      configs.push(accepted('wx.agentConfig', config, PAGE).then(success, fail))
    },
    invoke: (name) => proofs.push(name),
    ready: (callback) => calls.ready.push(callback),
    error: (callback) => calls.error.push(callback),
    updateAppMessageShareData({ link }) {
      assert.equal(link, PAGE)
      proofs.push('updateAppMessageShareData')
    },
  }
  const listeners = []
  const globals = {
    location,
    wx,
    navigator: { userAgent: 'Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50' },
    document: { readyState: 'complete', addEventListener() {} },
    fetch: (path, options) => handler(new Request(new URL(path, HOST), options)),
    router: { afterEach: (listener) => listeners.push(listener) },
  }
  globals.window = { ...globals, top: { location } }
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  }
  Object.assign(names, globals, { configure: (await import('wxsign/page')).configure })
  return async () => {
    for (const listener of listeners) await listener()
    await Promise.all(registered.splice(0))
    while (configs.length > 0) await configs.pop()
  }
}

// --- The run ------------------------------------------------------------------------------------------------------------

const AsyncFunction = (async () => {}).constructor

function run(source) {
  // Modules, too: their imports become calls.
  const body = source
    .replace(/^import (\{[^}]+\}) from ('[^']+')$/gm, 'const $1 = await importOf($2)')
    .replace(/^import \* as (\w+) from ('[^']+')$/gm, 'const $1 = await importOf($2)')
    .replace(/^import (\w+) from ('[^']+')$/gm, 'const { default: $1 } = await importOf($2)')
    .replace(/^export const (\w+) =/gm, 'const $1 = exports.$1 =')
    .replace(/^export default /gm, 'exports.default = ')
    .concat(/^const signature =/m.test(source) ? '\nprove(signature)' : '')
    // A function that the reader's page calls.
    .concat([...source.matchAll(/^async function (\w+)\(\)/gm)].map(([, name]) => `\nawait ${name}()`).join(''))
  const defined = [...source.matchAll(/^(?:import|const|let|class|function|async function) (\{[^}]+\}|\w+)/gm)]
  const own = new Set(defined.flatMap(([, name]) => name.match(/\w+/g)))
  const given = Object.keys(names).filter((name) => !own.has(name))
  return new AsyncFunction(...given, body)(...given.map((name) => names[name]))
}

/** Everything that the block left behind must sign what the sandbox accepts. */
async function check(result) {
  const { exports } = names.module
  const compat = require('wxsign/compat')
  if (exports === compat.getJsapiTicket || exports === compat.getAccessToken || code.includes('configure(require')) {
    const get = typeof exports === 'function' ? exports : compat.getJsapiTicket
    assert.ok((await get()).length > 20)
    proofs.push('compat')
  }
  if (exports === compat.sign) {
    await accepted('compat', compat.sign(appId, await compat.getJsapiTicket(), PAGE), PAGE)
  }
  if (typeof (exports.externals ?? exports.output ?? exports.default) === 'object' || exports.output === 'standalone') {
    assert.match(inspect(exports, { depth: 9 }), /wxsign/)
    proofs.push('configuration')
  }
  if (code.includes('IP_NOT_ALLOWED')) {
    assert.match(complaints.join('\n'), /^IP_NOT_ALLOWED [0-9.]+\nIP_NOT_ALLOWED .* 40164 /)
    proofs.push('failure')
  }
  for (const get of tokenFunctions) {
    const { accessToken } = await get()
    const answer = await ask(`/cgi-bin/ticket/getticket?type=jsapi&access_token=${accessToken}`)
    assert.equal(answer.errcode, 0)
    proofs.push('token')
  }
  if (exports.GET) {
    const answer = await exports.GET(new Request(`${HOST}/api/wx/config?url=${encodeURIComponent(PAGE)}`))
    await accepted('route', await answer.json(), PAGE)
  }
  if (app.middleware?.length > 0 || app.router?.stack.length > 0) {
    if (code.includes('ctx.wxConfig'))
      app.middleware.unshift(watched('wxsign/koa').wxsign({ ...ACCOUNT, allowedHosts: ['127.0.0.1'] }))
    app.listen(0)
  }
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening')
    const base = `http://127.0.0.1:${server.address().port}`
    if (code.includes('ctx.wxConfig')) {
      await accepted('rendered page', (await (await fetch(`${base}/`)).json()).config, `${base}/`)
      continue
    }
    const mount = /app\.use\('([^']+)'/.exec(code)?.[1] ?? '/wx/config'
    const answer = await fetch(`${base}${mount}?url=${encodeURIComponent(PAGE)}`)
    const body = await answer.json()
    assert.equal(answer.status, 200, JSON.stringify(body))
    await accepted('server', body, PAGE)
    for (const route of ['agent-config', 'suite-config']) {
      if (!corpId || (route === 'suite-config' && !code.includes('suiteTicket'))) continue
      const answer = await fetch(`${base}${mount}/${route}?url=${encodeURIComponent(PAGE)}`)
      const body = await answer.json()
      assert.equal(answer.status, 200, JSON.stringify(body))
      // No stand-in knows the ticket of a suite.
      if (route === 'agent-config') await accepted(route, body, PAGE)
    }
  }
  for (const client of clients) {
    await accepted('client', await client.config(PAGE), PAGE)
    if (corpId) await accepted('agent', await client.agentConfig(PAGE), PAGE)
  }
  const said = [...code.matchAll(/^console\.log\(.*\) \/\/ (.+)$|^\/\/ (\w+:ok)$/gm)].map(([, text, ok]) => text ?? ok)
  assert.deepEqual(printed.slice(0, said.length), said)
  if (said.length > 0) proofs.push('printed')
  if (result !== undefined) proofs.push('result')
}

async function main() {
  const isPage =
    language === 'html' ||
    /\b(?:location|router|wxsign\/page|wecom\/jssdk|wx\.config)\b/.test(code.replace(/\/\/.*/g, ''))
  const settled = isPage ? await browser() : async () => {}
  const scripts = [...code.matchAll(/<script>\n(.*?)<\/script>/gs)].map(([, script]) => script)
  let result
  if (/\bclient\b/.test(code) && !/\bclient =/.test(code))
    names.client = require('wxsign').createClient(redirected({ ...ACCOUNT, allowedHosts: ['example.com'] }))
  if (code.includes('IP_NOT_ALLOWED')) {
    await ask('/_sandbox/fault', { endpoint: 'any', kind: 'errcode', errcode: 40164, times: 1 })
  }
  if (/\baccessToken}/.test(code)) names.accessToken = await token()
  for (const script of language === 'html' ? scripts : [code]) result = await run(script)
  // A page goes on by itself.
  const last = code.includes('wx.agentConfig') ? 'selectExternalContact' : undefined
  for (let tries = 0; isPage && (last ? !proofs.includes(last) : proofs.length === 0) && tries < 500; tries++) {
    await settled()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await check(result)
  process.stdout.write(JSON.stringify({ page, proofs }), () => process.exit(0))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
