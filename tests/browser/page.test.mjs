// wxsign/page in a real browser, with WeChat's real client SDK and a stand-in for the bridge that
// verifies as each client does: the landing URL on iOS, the current one elsewhere.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { ACCOUNT, startSandbox, verdict } from '../../examples/koa/demo/sandbox.mjs'
import { launch, skip } from './chromium.mjs'

const require = createRequire(import.meta.url)
const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const SDK_SOURCE = readFileSync(path('examples/koa/node_modules/weixin-js-sdk/index.js'), 'utf8')
const SDK = `window.wx = ((module) => {\n${SDK_SOURCE}\nreturn module.exports\n})({})`
const CLASSIC = readFileSync(path('dist/page.js'), 'utf8')
const MODULE = readFileSync(path('dist/page.mjs'), 'utf8')
const HOST = 'https://m.example.com'

const AGENTS = {
  ios: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) MicroMessenger/8.0.50',
  android: 'Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50',
  desktop: 'Mozilla/5.0 (Windows NT 10.0) MicroMessenger/7.0.20 WindowsWechat',
  harmony: 'Mozilla/5.0 (Phone; OpenHarmony 5.0) MicroMessenger/1.0.9',
  work: 'Mozilla/5.0 (iPhone) wxwork/4.1.0 MicroMessenger/7.0.1',
  webview: 'Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50 miniProgram/wx0000000000000000',
}

let sandbox
let browser
let handler
before(async () => {
  if (skip) return
  sandbox = await startSandbox()
  const { wxsign } = require('../../dist/web.js')
  const account = { ...ACCOUNT, baseUrl: sandbox.address, store: 'memory' }
  handler = wxsign({ ...account, allowedHosts: ['m.example.com'], jsApiList: ['scanQRCode'], reports: 'page' })
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await handler?.close()
  await sandbox?.stop()
})

/** A page in a client; `verifies` chooses the URL that the client takes, `landing` or `current`. */
async function open(address, { client = 'android', verifies = 'current', isModule = false, isLate = false } = {}) {
  const context = await browser.newContext({ userAgent: AGENTS[client] })
  const asked = []
  const reports = []
  await context.route('**', async (route) => {
    const request = route.request()
    const { pathname } = new URL(request.url())
    if (pathname === '/wx/config') {
      const body = request.postData() ?? undefined
      if (body) reports.push(JSON.parse(body).report)
      const answer = await handler(new Request(request.url(), { method: request.method(), headers: request.headers(), body }))
      return route.fulfill({ status: answer.status, contentType: 'application/json', body: await answer.text() })
    }
    if (pathname === '/page.mjs') return route.fulfill({ contentType: 'text/javascript', body: MODULE })
    if (!request.url().startsWith(HOST)) return route.abort()
    const helper = isModule
      ? `<script type="module">import * as page from '/page.mjs'; window.wxsign = page</script>`
      : `<script>${CLASSIC}</script>`
    return route.fulfill({ contentType: 'text/html', body: `<!doctype html><script>${SDK}</script>${helper}` })
  })
  await context.exposeFunction('askClient', async (landing, current, given) => {
    const url = (verifies === 'landing' ? landing : current).split('#')[0]
    const { verifyAppId, verifyTimestamp, verifyNonceStr, verifySignature } = given
    const config = { appId: verifyAppId, timestamp: verifyTimestamp, nonceStr: verifyNonceStr, signature: verifySignature }
    const said = await verdict(sandbox.address, url, config)
    asked.push(said.ok)
    return said.ok ? { err_msg: 'preVerifyJSAPI:ok' } : { err_msg: 'preVerifyJSAPI:invalid signature', realAuthUrl: [url] }
  })
  await context.addInitScript((late) => {
    const landing = location.href
    const bridge = {
      async invoke(name, given, done) {
        if (name !== 'preVerifyJSAPI') return done?.({ err_msg: `${name}:ok` })
        done(await window.askClient(landing, location.href, given))
      },
      on() {},
    }
    const ready = () => {
      window.WeixinJSBridge = bridge
      document.dispatchEvent(new Event('WeixinJSBridgeReady'))
    }
    if (late) setTimeout(ready, 300)
    else window.WeixinJSBridge = bridge
  }, isLate)
  const page = await context.newPage()
  await page.goto(HOST + address)
  await page.waitForFunction(() => window.wxsign)
  const configure = (options = {}) =>
    page.evaluate(async (given) => {
      try {
        return { ok: true, config: await window.wxsign.configure(given) }
      } catch ({ code, tried, sdkError, report, message }) {
        return { ok: false, code, tried, sdkError, report, message }
      }
    }, options)
  const push = (to) => page.evaluate((url) => history.pushState({}, '', url), to)
  return { page, asked, reports, configure, push, close: () => context.close() }
}

const ADDRESSES = [
  '/shop?id=1&from=singlemessage&isappinstalled=0',
  '/spa#/item/7?tab=2',
  '/%E4%B8%AD%E6%96%87/%E5%95%86%E5%93%81?q=%E7%AD%BE%E5%90%8D',
  '/act?code=021abc&state=a:1',
  '/',
]

test('every client is configured on every kind of page', { skip }, async () => {
  for (const [client, verifies] of [
    ['ios', 'landing'],
    ['android', 'current'],
    ['desktop', 'current'],
    ['harmony', 'current'],
    ['work', 'current'],
    ['webview', 'landing'],
  ]) {
    for (const address of ADDRESSES) {
      const { asked, configure, push, close } = await open(address, { client, verifies })
      // A history router goes on before the config is asked for.
      await push('/next?page=2#/deep')
      const { ok, message } = await configure()
      assert.ok(ok, `${client} at ${address}: ${message}`)
      assert.deepEqual(asked, [true], `${client} at ${address}`)
      await close()
    }
  }
})

test('after a change of the route the new URL is signed', { skip }, async () => {
  const { asked, configure, push, close } = await open('/a?x=1')
  for (const to of ['/b?y=2', '/c', '/c#/d']) {
    assert.ok((await configure()).ok)
    await push(to)
  }
  assert.ok((await configure()).ok)
  assert.deepEqual(asked, [true, true, true, true])
  await close()
})

/** A client that verifies another URL than expected names it, and the helper signs that one. */
test('a wrong guess is mended by realAuthUrl', { skip }, async () => {
  for (const [client, verifies] of [
    ['ios', 'current'],
    ['android', 'landing'],
  ]) {
    const { asked, configure, push, close } = await open('/landing?a=1', { client, verifies })
    await push('/now?b=2')
    assert.ok((await configure()).ok)
    assert.deepEqual(asked, [false, true], client)
    await close()
  }
})

test('parameters removed by the page are mended too', { skip }, async () => {
  const { asked, configure, page, close } = await open('/p?from=timeline&id=1', { client: 'ios', verifies: 'landing' })
  await page.evaluate(() => history.replaceState({}, '', '/p?id=1'))
  assert.ok((await configure({ url: `${HOST}/p?id=1` })).ok)
  assert.deepEqual(asked, [false, true])
  await close()
})

test('a late bridge is waited for, in both builds', { skip }, async () => {
  for (const isModule of [false, true]) {
    const { asked, configure, close } = await open('/late', { isLate: true, isModule })
    assert.ok((await configure()).ok)
    assert.deepEqual(asked, [true])
    await close()
  }
})

test('a refusal is reported with evidence, explained', { skip }, async () => {
  const { configure, reports, page, close } = await open('/refused?secret=1')
  await page.evaluate(() => {
    window.WeixinJSBridge.invoke = (_name, _given, done) =>
      done({ err_msg: 'preVerifyJSAPI:invalid signature', realAuthUrl: ['https://m.example.com/other'] })
  })
  const { ok, code, tried, sdkError, report } = await configure()
  assert.deepEqual([ok, code], [false, 'refused'])
  assert.deepEqual(tried, [`${HOST}/refused?secret=1`, `${HOST}/other`])
  assert.match(sdkError.errMsg, /^config:invalid signature/)
  assert.equal(reports.length, 1)
  assert.ok(Array.isArray(report.causes) && report.causes.length > 0)
  await close()
})

test('at most two retries are made', { skip }, async () => {
  const { configure, page, close } = await open('/first')
  await page.evaluate(() => {
    let count = 0
    window.WeixinJSBridge.invoke = (_name, _given, done) =>
      done({ err_msg: 'preVerifyJSAPI:invalid signature', realAuthUrl: [`https://m.example.com/${count++}`] })
  })
  assert.equal((await configure({ report: false })).tried.length, 3)
  await close()
})

test('other failures are not retried', { skip }, async () => {
  const { configure, page, close } = await open('/domain')
  await page.evaluate(() => {
    window.WeixinJSBridge.invoke = (_name, _given, done) => done({ err_msg: 'preVerifyJSAPI:fail,invalid url domain' })
  })
  const { code, tried } = await configure({ report: false })
  assert.deepEqual([code, tried.length], ['refused', 1])
  assert.equal((await configure({ endpoint: '/nothing' })).code, 'http')
  const codeOf = (reason) =>
    page.evaluate((reason) => {
      const fetchConfig = () => Promise.reject(reason)
      return window.wxsign.configure({ fetchConfig, url: location }).catch((error) => error.code)
    }, reason)
  assert.deepEqual([await codeOf(null), await codeOf('gone')], ['http', 'http'])
  await page.evaluate(() => delete window.WeixinJSBridge)
  await page.evaluate(() => delete window.wx)
  assert.equal((await configure()).code, 'no_sdk')
  await close()
})

test('outside of WeChat it says so', { skip }, async () => {
  const context = await browser.newContext()
  await context.route('**', (route) => route.fulfill({ contentType: 'text/html', body: `<script>${CLASSIC}</script>` }))
  const page = await context.newPage()
  await page.goto(HOST)
  const code = await page.evaluate(() => window.wxsign.configure().catch((error) => error.code))
  assert.equal(code, 'not_in_wechat')
  await context.close()
})
