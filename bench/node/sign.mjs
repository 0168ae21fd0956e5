// Signing in one process: calls that do not wait, and awaited ones. Prints JSON.

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awaitingLoop, interleave, loop, pages } from '../lib/rounds.mjs'
import { APP_ID, APP_SECRET, ROOT, startSandbox } from '../lib/sandbox.mjs'

const require = createRequire(import.meta.url)
const { createClient, sign } = require(`${ROOT}dist/index.js`)
const javascript = require('./javascript.cjs')
const tutorialTicket = require('../tutorial/ticket.cjs')
const { coWechatApi, wechatJssdk } = require('./peers.cjs')

const urls = pages()
const sandbox = await startSandbox()
const wx = createClient({ ...sandbox.options, allowedHosts: ['example.com'] })
const ticket = await wx.ticket()
const account = [APP_ID, ticket]

const dir = mkdtempSync(join(tmpdir(), 'wxsign-bench-'))
const file = join(dir, 'jsapiTicket.json')
writeFileSync(file, tutorialTicket.text('ticket', ticket))

const co = coWechatApi(APP_ID, APP_SECRET, ticket)
const jssdk = wechatJssdk(APP_ID, APP_SECRET, ticket)
await Promise.all([co.ready, jssdk.ready])
for (const url of urls) await jssdk.cached(url)

const best = javascript.best(...account)
const bestAwaited = javascript.best(...account)
const bestSign = javascript.bestSign()
const tutorial = javascript.tutorial(...account)
const fromFile = (url) => javascript.tutorial(APP_ID, tutorialTicket(file, 'ticket'))(url)

const SYNC = {
  'client.tryConfig(url)': (url) => wx.tryConfig(url),
  'sign({ ticket, url })': (url) => sign({ ticket, url }),
  'best JavaScript': best,
  'best JavaScript, sign alone': (url) => bestSign({ ticket, url }),
  'best JavaScript, clock set by a timer': javascript.bestWithTimer(...account),
  'createHash and a template': javascript.createHash(...account),
  'wechat-jssdk, generateSignature': jssdk.sign,
  'the tutorial (jssha 1.5.0)': tutorial,
  'the tutorial, with its file read': fromFile,
  'the tutorial on jssha 3': javascript.tutorialOnJsSha3(...account),
}
const AWAITED = {
  'await client.config(url)': (url) => wx.config(url),
  'best JavaScript': async (url) => bestAwaited(url),
  'co-wechat-api': co.call,
  'wechat-jssdk, its cache hit': jssdk.cached,
  'the tutorial (jssha 1.5.0)': async (url) => tutorial(url),
  'the tutorial, with its file read': async (url) => fromFile(url),
}

// Only right signatures are measured.
for (const [name, call] of Object.entries({ ...SYNC, ...AWAITED })) {
  const { nonceStr, timestamp, signature } = await call(urls[0])
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${urls[0]}`
  if (createHash('sha1').update(text).digest('hex') !== signature) throw new Error(`${name} signs wrongly`)
}

const loops = (calls, make) => Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, make(call, urls)]))
const sync = await interleave({ ...loops(SYNC, loop), 'co-wechat-api (awaited)': awaitingLoop(co.call, urls) })
const awaited = await interleave(loops(AWAITED, awaitingLoop))

rmSync(dir, { recursive: true })
await wx.close()
await sandbox.stop()
console.log(JSON.stringify({ groups: { 'node.sync': sync, 'node.awaited': awaited } }))
// wechat-jssdk's timers would hold the process.
process.exit(0)
