// wxsign/koa in a real Koa: behind its body parser, in its router, and for pages that are rendered there.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { bodyParser } = require('@koa/bodyparser')
const Router = require('@koa/router')
const Koa = require('koa')
const { WxSignError } = require('wxsign')
const { wxsign } = require('wxsign/koa')
const { ask, contract, listening, PAGE, raw } = require('./support/handlers')
const { sandbox } = require('./support/sandbox')

function application(handler) {
  const app = new Koa()
  app.use(bodyParser())
  app.use(handler)
  app.use((ctx) => {
    if (ctx.path === '/other') ctx.body = 'other'
  })
  return app
}

contract('Koa', async (t, options) => {
  const handler = wxsign(options)
  t.after(handler.close)
  return listening(t, require('node:http').createServer(application(handler).callback()))
})

test('Koa: in a router the route decides, not the path', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: ['shop.example.com'] })
  const router = new Router({ prefix: '/api' }).get('/sign/:any', wxsign({ client, path: '*' }))
  const app = new Koa().use(router.routes()).use(router.allowedMethods())
  const address = await listening(t, require('node:http').createServer(app.callback()))
  const answer = await fetch(`${address}/api/sign/x?url=${encodeURIComponent(PAGE)}`)
  assert.equal((await wechat.verify(await answer.json(), PAGE)).ok, true)
  assert.equal((await ask(address, PAGE)).status, 404)
  assert.equal((await fetch(`${address}/api/sign/x`, { method: 'DELETE' })).status, 405)
})

test('Koa: ctx.wxConfig() signs the request’s own address, as app.proxy has it', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: ['shop.example.com', '127.0.0.1'] })
  const app = new Koa().use(wxsign({ client, jsApiList: ['scanQRCode'] })).use(async (ctx) => {
    ctx.body = { href: ctx.href, config: await ctx.wxConfig(undefined, ctx.query.debug ? { debug: true } : undefined) }
  })
  const address = await listening(t, require('node:http').createServer(app.callback()))
  const page = '/%E5%95%86?a=%2F&b=%E4%B8%AD'
  const forwarded = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'shop.example.com' }
  for (const [proxy, href] of [
    [false, `${address}${page}`],
    [true, `https://shop.example.com${page}`],
  ]) {
    app.proxy = proxy
    const { text } = await raw(address, page, forwarded)
    const seen = JSON.parse(text)
    assert.equal(seen.href, href)
    assert.deepEqual(seen.config.jsApiList, ['scanQRCode'])
    assert.equal((await wechat.verify(seen.config, href)).ok, true)
  }
  assert.equal(JSON.parse((await raw(address, '/?debug=1', forwarded)).text).config.debug, true)
  // A request line with a whole URL, and a Host of the visitor's making, are checked like any other address.
  for (const [path, headers] of [
    ['http://evil.com/', {}],
    ['/', { Host: 'evil.com' }],
    ['/', { 'X-Forwarded-Host': 'evil.com' }],
  ]) {
    const { status, text } = await raw(address, path, headers)
    assert.deepEqual([status, text], [403, 'HOST_NOT_ALLOWED'])
  }
})

test('Koa: an error handler of the application gets the code and the cause', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'errcode', errcode: 40164 })
  const seen = []
  const app = new Koa()
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      seen.push(error)
      ctx.status = error.status
      ctx.body = { wrong: error.code }
    }
  })
  app.use(wxsign({ client: wechat.client({ allowedHosts: '*' }), onError() {} }))
  app.use((ctx) => ctx.wxConfig(PAGE))
  const address = await listening(t, require('node:http').createServer(app.callback()))
  for (const path of [`/wx/config?url=${encodeURIComponent(PAGE)}`, '/page']) {
    const answer = await fetch(address + path)
    assert.deepEqual([answer.status, await answer.json()], [502, { wrong: 'IP_NOT_ALLOWED' }])
    const error = seen.pop()
    assert.ok(error.cause instanceof WxSignError && error.cause.ip)
    assert.equal(error.expose, true)
  }
})
