// Tencent's own @wecom/jssdk in a real browser: its `register` with the signatures of a handler of
// ours, and a stand-in for the bridge of 企业微信 that lets the sandbox judge them.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'

import { startSandbox } from '../../examples/koa/demo/sandbox.mjs'
import { launch, skip } from './chromium.mjs'

const require = createRequire(import.meta.url)
const source = (name) => readFileSync(new URL(name, import.meta.url), 'utf8')
const FILES = skip
  ? {}
  : {
      '/wecom.js': source('node_modules/@wecom/jssdk/dist/wecom.prod.js'),
      '/page.js': source('../../dist/page.mjs'),
    }
const HOST = 'https://m.example.com'
const PANEL = 'https://login.work.weixin.qq.com'
const CORP_ID = 'ww5823bf96d3bd56c7'
const AGENT_ID = '1000002'
const SUITE_TICKET = 'a-ticket-of-the-suite'
const APP = { corpId: CORP_ID, agentId: AGENT_ID, appSecret: '0123456789abcdef0123456789abcdef-agent10002' }
const NEW = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) wxwork/4.1.30 MicroMessenger/7.0.1'
const OLD = NEW.replace('4.1.30', '2.8.10')

// What the panel's own page asks of the page around it, as that of 企业微信 does.
const PANEL_PAGE = `<script>
  const post = (message) => parent.postMessage(JSON.stringify(message), '*')
  addEventListener('message', ({ data }) => {
    const message = JSON.parse(data)
    if (message.type === 'ww-iframe-handle:response') window.panelHeard(message.args)
  })
  post({ type: 'ww-iframe-handle:ready' })
  post({ type: 'ww-iframe-handle:call', uid: '1',
    args: { type: 'getJSAPIParams', seq: 1, payload: { preferSignatureTypeList: ['suiteConfig'] } } })
</script>`

let sandbox
let browser
let handler
let own
before(async () => {
  if (skip) return
  sandbox = await startSandbox()
  const { createClient } = require('../../dist/index.js')
  const { wxsign } = require('../../dist/web.js')
  const { signatures } = require('../../dist/wecom.js')
  const client = createClient({ ...APP, baseUrl: sandbox.address, store: 'memory', allowedHosts: ['m.example.com'] })
  handler = wxsign({ client, path: '/wx/config', suiteTicket: SUITE_TICKET, onError() {} })
  own = signatures(client, { suiteTicket: async () => SUITE_TICKET })
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await handler?.close()
  await handler?.client.close()
  await sandbox?.stop()
})

async function judge(values) {
  return (await fetch(`${sandbox.address}/verify`, { method: 'POST', body: JSON.stringify(values) })).json()
}

/** A page in 企业微信 with `asked`, which has what the SDK asked the bridge, with the verdicts. */
async function open(address, { userAgent = NEW } = {}) {
  const context = await browser.newContext({ userAgent })
  const asked = []
  const heard = []
  await context.route('**', async (route) => {
    const request = route.request()
    const { origin, pathname } = new URL(request.url())
    if (origin === PANEL) return route.fulfill({ contentType: 'text/html', body: PANEL_PAGE })
    if (origin !== HOST) return route.abort()
    if (pathname.startsWith('/wx/')) {
      const answer = await handler(new Request(request.url()))
      return route.fulfill({ status: answer.status, contentType: 'application/json', body: await answer.text() })
    }
    if (FILES[pathname]) return route.fulfill({ contentType: 'text/javascript', body: FILES[pathname] })
    const body = `<!doctype html><script type="module">
      window.ww = await import('/wecom.js')
      window.signatures = (await import('/page.js')).signatures
      window.loaded = true
    </script>`
    return route.fulfill({ contentType: 'text/html', body })
  })
  await context.exposeFunction('panelHeard', (given) => void heard.push(given))
  await context.exposeFunction('ownSignature', (name, url) => own[name](url))
  // Like the client, it takes the address from the browser and not from the page's script.
  await context.exposeFunction('askClient', async (name, url, given) => {
    const { verifyTimestamp, verifyNonceStr, verifySignature, verifyAppId, ...agent } = given
    const config = { appId: verifyAppId, timestamp: verifyTimestamp, nonceStr: verifyNonceStr, signature: verifySignature }
    const { corpid, agentid, timestamp, nonceStr, signature } = agent
    const values = name === 'agentConfig' ? { corpid, agentid, timestamp, nonceStr, signature } : config
    const verdict = await judge({ url, ...values })
    asked.push([name, url, verdict.errMsg])
    return { err_msg: verdict.errMsg.replace(/^config/, 'preVerifyJSAPI'), errcode: verdict.errcode }
  })
  await context.addInitScript(() => {
    window.WeixinJSBridge = {
      async invoke(name, given, done) {
        const isVerified = name === 'preVerifyJSAPI' || name === 'agentConfig'
        done(isVerified ? await window.askClient(name, location.href.split('#')[0], given) : { err_msg: `${name}:ok` })
      },
      on() {},
    }
  })
  const page = await context.newPage()
  await page.goto(HOST + address)
  await page.waitForFunction(() => window.loaded)
  return { page, asked, heard, close: () => context.close() }
}

/**
 * Registers with the functions that `choose` returns of a page's signatures, and gives what the SDK
 * reports: of agentConfig, if there is a function for it.
 */
function register(page, choose) {
  return page.evaluate(
    ([app, body]) =>
      new Promise((resolve) => {
        const functions = new Function('signatures', `return ${body}`)(window.signatures)
        const end = (name) => (result) => resolve([name, result.errMsg])
        const kind = functions.getAgentConfigSignature ? 'AgentConfig' : 'Config'
        window.ww.register({
          ...app,
          jsApiList: ['selectExternalContact'],
          ...functions,
          [`on${kind}Success`]: end('success'),
          [`on${kind}Fail`]: end('fail'),
        })
      }),
    [{ corpId: CORP_ID, agentId: AGENT_ID }, choose],
  )
}

test('register configures an app with its own pages', { skip }, async () => {
  for (const address of ['/', '/a?b=1&c=%2F#/route', '/商品?q=签名 1&x=%E4%B8%AD#top']) {
    const { page, asked, close } = await open(address)
    const seen = await register(page, '{ getConfigSignature: signatures().getConfigSignature }')
    assert.deepEqual(seen, ['success', 'preVerifyJSAPI:ok'], address)
    const url = await page.evaluate(() => location.href.split('#')[0])
    assert.deepEqual(asked, [['preVerifyJSAPI', url, 'config:ok']])
    await close()
  }
})

/** From 3.0.24 on the SDK calls agentConfig alone; before, it calls config first. */
test('register configures an app with agentConfig', { skip }, async () => {
  for (const [userAgent, calls] of [
    [NEW, ['agentConfig:ok']],
    [OLD, ['config:ok', 'agentConfig:ok']],
  ]) {
    const { page, asked, close } = await open('/a?b=1#/route', { userAgent })
    assert.deepEqual(await register(page, 'signatures()'), ['success', 'agentConfig:ok'])
    assert.deepEqual(
      asked.map(([, , said]) => said),
      calls,
    )
    await close()
  }
})

/** The corp's ticket cannot sign for agentConfig, nor the app's ticket for config. */
test('register fails with the wrong kind of ticket', { skip }, async () => {
  for (const [functions, said] of [
    ['{ getAgentConfigSignature: signatures().getConfigSignature }', 'agentConfig:fail, ticket no available'],
    ['{ getConfigSignature: signatures().getAgentConfigSignature }', 'config:fail, ticket no available'],
  ]) {
    const { page, asked, close } = await open('/a?b=1')
    // The SDK keeps the client's own name of the call.
    assert.deepEqual(await register(page, functions), ['fail', said.replace(/^config/, 'preVerifyJSAPI')])
    assert.deepEqual(asked.map(([, , errMsg]) => errMsg), [said])
    await close()
  }
})

/** After the page's address has changed, the SDK asks for a new signature. */
test('a changed address is signed anew', { skip }, async () => {
  const { page, asked, close } = await open('/one')
  await register(page, 'signatures()')
  await page.evaluate(() => history.pushState({}, '', '/two?x=1#y'))
  const { errMsg } = await page.evaluate(() => window.ww.ensureConfigReady().then(({ result }) => result))
  assert.equal(errMsg, 'agentConfig:ok')
  assert.deepEqual(asked.map(([, url]) => url), [`${HOST}/one`, `${HOST}/two?x=1`])
  await close()
})

/** `wxsign/wecom` has the functions for a server that pages call in their own way. */
test('register takes the functions of wxsign/wecom', { skip }, async () => {
  const { page, close } = await open('/own?b=1#c')
  const functions = ['getConfigSignature', 'getAgentConfigSignature']
  for (const name of functions) {
    const seen = await register(page, `{ ${name}: (url) => window.ownSignature('${name}', url) }`)
    assert.equal(seen[0], 'success', name)
    await page.reload()
    await page.waitForFunction(() => window.loaded)
  }
  await close()
})

/** The panel for pages outside of 企业微信 is the one place where the SDK asks for the suite's signature. */
test('a panel gets the signature of the suite', { skip }, async () => {
  const { sign } = require('../../dist/index.js')
  const { page, heard, close } = await open('/suite?b=1#c', { userAgent: 'Mozilla/5.0 Chrome/126' })
  await page.evaluate((corpId) => {
    window.ww.register({ corpId, suiteId: 'ww-suite', jsApiList: ['x'], ...window.signatures() })
    window.ww.createJSAPIPanel('openUserProfile', { el: document.body, webToken: 'w', params: {} })
  }, CORP_ID)
  for (let tries = 0; heard.length === 0 && tries < 200; tries++) await new Promise((done) => setTimeout(done, 25))
  const [{ url, configParams }] = heard
  assert.deepEqual([url, configParams.type], [`${HOST}/suite?b=1`, 'suiteConfig'])
  const { suiteid, timestamp, nonceStr, signature } = configParams.params
  assert.equal(suiteid, 'ww-suite')
  assert.equal(signature, sign({ ticket: SUITE_TICKET, url, nonceStr, timestamp }).signature)
  await close()
})

test('a page that may not be signed fails with a reason', { skip }, async () => {
  const { page, close } = await open('/')
  const failed = await page.evaluate(() =>
    window.signatures().getAgentConfigSignature('https://evil.com/').catch((error) => error.message),
  )
  assert.match(failed, /\/wx\/config\/agent-config: HTTP 403 HOST_NOT_ALLOWED/)
  const elsewhere = await page.evaluate(() =>
    window.signatures('/wx/nothing?x=1').getSuiteConfigSignature('https://m.example.com/').catch((error) => error.message),
  )
  assert.match(elsewhere, /^\/wx\/nothing\/suite-config\?x=1: HTTP 404/)
  await close()
})
