// The example's page in a real browser, with WeChat's real client SDK: the whole way of a
// signature.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { startProject } from '../../examples/koa/test/project.mjs'
import { addresses, generator } from './addresses.mjs'
import { addBridge } from './bridge.mjs'
import { launch, phone, skip } from './chromium.mjs'

const COUNT = Number(process.env.ADDRESSES || 100)
const SEED = Number(process.env.SEED || Date.now() % 1_000_000)
const HOSTS = ['shop.example.com', '127.0.0.1']
const ARTIFACTS = fileURLToPath(new URL('../../build/artifacts/', import.meta.url))

let project
let browser
before(async () => {
  if (skip) return
  mkdirSync(ARTIFACTS, { recursive: true })
  project = await startProject({ allowedHosts: HOSTS, demo: true })
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await project?.stop()
})

/** A phone on which every listed host is the example, and every other one is out of reach and noted. */
async function open({ alter, to = project, ...kind } = {}) {
  const context = await phone(browser, kind)
  const strangers = []
  await context.route('**', async (route) => {
    const url = route.request().url()
    const [, host, rest] = /^https?:\/\/([^/:]+)(?::\d+)?(.*)$/.exec(url)
    if (!HOSTS.includes(host)) {
      strangers.push(url)
      return route.abort()
    }
    const request = route.request()
    const headers = { 'Content-Type': request.headers()['content-type'] ?? '' }
    const posted = request.method() === 'POST' && { method: 'POST', headers, body: request.postDataBuffer() }
    const answer = await fetch(to.address + rest, posted || {})
    const body = Buffer.from(await answer.arrayBuffer())
    const altered = alter && rest.startsWith('/config?') ? alter(body) : body
    return route.fulfill({ status: answer.status, contentType: answer.headers.get('content-type'), body: altered })
  })
  const asked = kind.wechat === false ? [] : await addBridge(context, to.sandbox)
  return { page: await context.newPage(), asked, strangers, close: () => context.close() }
}

/** Opens the address and waits until the page has its verdicts: the server's and, inside WeChat, the SDK's. */
async function visit(page, address, { wechat = true } = {}) {
  // Of two addresses that differ after the # alone, the second would not load anything.
  await page.goto('about:blank')
  await page.goto(address)
  await page.waitForSelector('#verdict:not([data-state="waiting"])')
  if (wechat) await page.waitForSelector('#events:not([data-result=""])')
  return page.evaluate(() => ({
    href: location.href,
    url: document.getElementById('url').textContent,
    state: document.getElementById('verdict').dataset.state,
    result: document.getElementById('events').dataset.result,
    events: document.getElementById('events').textContent,
    signature: document.getElementById('signature').textContent,
    fits: document.documentElement.scrollWidth <= window.innerWidth,
  }))
}

test(`config:ok at ${COUNT} addresses (SEED=${SEED})`, { skip }, async () => {
  const { page, asked, strangers, close } = await open()
  const origins = ['https://shop.example.com', project.address, 'https://shop.example.com:8443']
  for (const address of addresses(origins, COUNT, generator(SEED))) {
    const seen = await visit(page, address)
    assert.equal(seen.result, 'ready', `${address}: ${seen.events}`)
    assert.match(seen.events, /config:ok/)
    assert.equal(seen.state, 'good', address)
    assert.equal(seen.url, seen.href.split('#')[0])
    const { url, verifySignature } = asked.at(-1)
    assert.deepEqual([url, verifySignature], [seen.url, seen.signature])
  }
  assert.equal(asked.length, COUNT)
  // The SDK reports how long it took to WeChat; nothing else may leave the page's own host.
  assert.deepEqual(new Set(strangers.map((url) => new URL(url).host)), new Set(['open.weixin.qq.com']))
  await visit(page, 'https://shop.example.com/page/商品?id=42&from=singlemessage#top')
  await page.screenshot({ path: `${ARTIFACTS}koa.png`, fullPage: true })
  await close()
})

/** If one digit of the signature is changed, wx.error fires, and wx.ready too. */
test('one wrong digit of the signature is wx.error', { skip }, async () => {
  const alter = (body) => {
    const config = JSON.parse(body)
    const last = config.signature.endsWith('0') ? '1' : '0'
    return JSON.stringify({ ...config, signature: config.signature.slice(0, -1) + last })
  }
  const { page, close } = await open({ alter })
  const seen = await visit(page, 'https://shop.example.com/?a=1')
  await page.waitForSelector('#events li:nth-child(2)')
  const events = await page.textContent('#events')
  assert.deepEqual([seen.result, seen.state], ['error', 'bad'])
  assert.match(events, /wx\.error config:fail, invalid signature[\s\S]*wx\.ready/)
  await page.screenshot({ path: `${ARTIFACTS}koa-wrong.png`, fullPage: true })
  await close()
})

/** A page that may not be signed says so with its code. */
test('a page that is refused shows its code', { skip }, async () => {
  const other = await startProject({ allowedHosts: ['other.example.com'] })
  const { page, asked, close } = await open({ to: other })
  const seen = await visit(page, 'https://shop.example.com/', { wechat: false })
  assert.equal(seen.state, 'bad')
  assert.match(await page.textContent('#verdict'), /HOST_NOT_ALLOWED/)
  assert.equal(asked.length, 0)
  await close()
  await other.stop()
})

/** Outside WeChat the SDK is silent and the page says so; the sandbox still verifies. */
test('outside WeChat the sandbox still verifies', { skip }, async () => {
  const { page, close } = await open({ wechat: false, width: 1100 })
  const seen = await visit(page, `${project.address}/?q=中文`, { wechat: false })
  assert.deepEqual([seen.state, seen.result], ['good', ''])
  assert.match(seen.events, /不在微信里/)
  await page.screenshot({ path: `${ARTIFACTS}koa-desktop.png`, fullPage: true })
  await close()
})

test('with a real account the verdict is left to WeChat', { skip }, async () => {
  const real = await startProject({ allowedHosts: HOSTS, sandbox: undefined })
  for (const [wechat, state, words] of [
    [false, 'unknown', /只有微信能验证/],
    [true, 'good', /微信验证通过/],
  ]) {
    const { page, close } = await open({ to: real, wechat })
    const seen = await visit(page, 'https://shop.example.com/', { wechat })
    assert.equal(seen.state, state)
    assert.match(await page.textContent('#verdict'), words)
    await close()
  }
  await real.stop()
})

test('nothing is wider than a small phone', { skip }, async () => {
  const { page, close } = await open({ width: 320 })
  const seen = await visit(page, `https://shop.example.com/page/${'long'.repeat(60)}?q=${'中'.repeat(40)}`)
  assert.equal(seen.state, 'good')
  assert.ok(seen.fits)
  await close()
})

/** Each mistake that is made on purpose gets its diagnosis, on a phone and in both languages. */
test('mistakes made on purpose are explained', { skip }, async () => {
  const { page, close } = await open({ wechat: false })
  await visit(page, 'https://shop.example.com/?a=1', { wechat: false })
  assert.match(await page.textContent('#hashed'), /^jsapi_ticket=〈ticket〉&noncestr=\w+&timestamp=\d+&url=https:/)
  await page.waitForSelector('#mistakes button')
  const names = await page.$$eval('#mistakes button', (buttons) => buttons.map(({ dataset }) => dataset.mistake))
  assert.ok(names.length >= 12)
  for (const name of names) {
    await page.click(`[data-mistake="${name}"]`)
    await page.waitForSelector('#break-report[data-verdict]')
    assert.equal(await page.getAttribute('#break-report', 'data-verdict'), 'invalid', name)
    const [code, text] = await page.$eval('#break-report .cause', (cause) => [
      cause.querySelector('b').textContent,
      cause.textContent,
    ])
    assert.match(code, /^[a-z_]+$/)
    assert.match(text, /[\u4e00-\u9fff].*[A-Za-z]{3}/)
  }
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth))
  await page.screenshot({ path: `${ARTIFACTS}koa-broken.png`, fullPage: true })
  await page.fill('#break-url', 'https://evil.example/')
  await page.click('[data-mistake="scheme"]')
  await page.waitForSelector('#break-report[data-verdict="failed"]')
  assert.match(await page.textContent('#break-report'), /HOST_NOT_ALLOWED/)
  await close()
})

test('pasted evidence is explained in the page', { skip }, async () => {
  const { page, close } = await open({ wechat: false, width: 320 })
  await visit(page, 'https://shop.example.com/', { wechat: false })
  await page.waitForSelector('#paste:not([hidden])')
  // Markup in what is pasted stays text.
  const landing = 'https://e.cn/landing?<img src=x onerror=alert(1)>'
  await page.fill('#evidence', JSON.stringify({ errMsg: 'config:invalid signature', realAuthUrl: [landing], url: 'https://e.cn/now' }))
  await page.click('#explain')
  await page.waitForSelector('#paste-report[data-verdict="invalid"]')
  assert.ok((await page.textContent('#paste-report')).includes(landing))
  assert.equal(await page.$('#paste-report img'), null)
  await page.fill('#evidence', 'hello')
  await page.click('#explain')
  await page.waitForSelector('#paste-report[data-verdict="failed"]')
  assert.match(await page.textContent('#paste-report'), /没有识别出任何内容。/)
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth))
  await close()
})
