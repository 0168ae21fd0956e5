// wxsign/koa in a real Koa 2 and 3: behind its body parser, in its router, mounted, and for pages
// that are rendered there.

const assert = require('node:assert/strict')
const { createServer } = require('node:http')
const { test } = require('node:test')
const { bodyParser } = require('@koa/bodyparser')
const Router = require('@koa/router')
const mount = require('koa-mount')
const { WxSignError } = require('wxsign')
const { wxsign } = require('wxsign/koa')
const { ask, contract, listening, post, PAGE, raw, routesOfAnApp } = require('./support/handlers')
const { sandbox } = require('./support/sandbox')

for (const [name, Koa] of [
  ['Koa 3', require('koa')],
  ['Koa 2', require('koa2')],
]) {
  const serve = (t, app) => listening(t, createServer(app.callback()))

  contract(name, async (t, options) => {
    const handler = wxsign(options)
    t.after(handler.close)
    const app = new Koa().use(bodyParser()).use(handler)
    app.use((ctx) => {
      if (ctx.path === '/other') ctx.body = 'other'
    })
    return serve(t, app)
  })

  /** It answers the path that it is mounted at, its own path below that, and nothing else. */
  test(`${name}: it answers where it is mounted`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.client({ allowedHosts: ['shop.example.com'] })
    const router = new Router({ prefix: '/api' })
      .get('/wechat', wxsign({ client }))
      .get('/sign/:any', wxsign({ client, path: '*' }))
      .get('/page', (_, next) => next())
    const app = new Koa().use(mount('/mounted', wxsign({ client })))
    app
      .use(router.routes())
      .use(router.allowedMethods())
      .use(wxsign({ client, path: '/own/' }))
    const address = await serve(t, app)
    const status = async (path) => (await fetch(`${address}${path}?url=${encodeURIComponent(PAGE)}`)).status
    const ours = ['/mounted', '/mounted/', '/mounted/wx/config', '/api/wechat', '/api/sign/x', '/own', '/own/']
    for (const path of ours) assert.equal(await status(path), 200, path)
    const others = ['/', '/mounted/x', '/wx/config', '/api', '/api/wechat/x', '/api/page', '/own/x']
    for (const path of others) assert.equal(await status(path), 404, path)
    assert.equal((await fetch(`${address}/api/sign/x`, { method: 'DELETE' })).status, 405)
  })

  test(`${name}: an app's routes are below its mount`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.work({ allowedHosts: ['shop.example.com'] })
    const router = new Router({ prefix: '/api' })
      .get('/agent-config', wxsign({ client }))
      .get('/sign', wxsign({ client }))
    const app = new Koa().use(mount('/mounted', wxsign({ client, path: '/own' })))
    app.use(router.routes()).use(wxsign({ client, path: '/' }))
    const address = await serve(t, app)
    await routesOfAnApp(wechat, address, {
      configs: ['/mounted', '/mounted/own', '/api/sign', '/'],
      mounts: ['/mounted', '/mounted/own', '/api', ''],
      others: ['/mounted/suite-config', '/api/sign/agent-config', '/agent-config/x'],
    })
  })

  /** `ctx.wxAgentConfig()` signs as `ctx.wxConfig()` does. */
  test(`${name}: ctx.wxAgentConfig() signs its own address`, async (t) => {
    const wechat = await sandbox(t)
    const jsApiList = ['selectExternalContact']
    for (const [client, errMsg] of [
      [wechat.work({ allowedHosts: ['127.0.0.1'] }), 'agentConfig:ok'],
      [wechat.client({ allowedHosts: ['127.0.0.1'] }), 'INVALID_ARGUMENT'],
    ]) {
      const app = new Koa().use(wxsign({ client, jsApiList })).use(async (ctx) => {
        const config = await ctx.wxAgentConfig().catch(({ code }) => ({ code }))
        ctx.body = { config, href: ctx.href }
      })
      const { config, href } = await (await fetch(`${await serve(t, app)}/a?b=1`)).json()
      if (config.code) assert.equal(config.code, errMsg)
      else assert.deepEqual([(await wechat.verify(config, href)).errMsg, config.jsApiList], [errMsg, jsApiList])
    }
  })

  test(`${name}: a JSON body needs no body parser`, async (t) => {
    const wechat = await sandbox(t)
    const address = await serve(t, new Koa().use(wxsign({ client: wechat.client({ allowedHosts: '*' }) })))
    const answer = await post(address, 'application/json', JSON.stringify({ url: PAGE }))
    assert.equal((await wechat.verify(await answer.json(), PAGE)).ok, true)
  })

  /** `ctx.wxConfig()` signs the request's own address, as `app.proxy` has it. */
  test(`${name}: ctx.wxConfig() signs its own address`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.client({ allowedHosts: ['shop.example.com', '127.0.0.1'] })
    const app = new Koa().use(wxsign({ client, jsApiList: ['scanQRCode'] })).use(async (ctx) => {
      // One that is undefined counts as left out.
      const more = ctx.query.debug ? { debug: true, jsApiList: undefined } : undefined
      ctx.body = { href: ctx.href, config: await ctx.wxConfig(undefined, more) }
    })
    const address = await serve(t, app)
    const page = '/%E5%95%86?a=%2F&b=%E4%B8%AD'
    const forwarded = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'shop.example.com' }
    for (const [proxy, href] of [
      [false, `${address}${page}`],
      [true, `https://shop.example.com${page}`],
    ]) {
      app.proxy = proxy
      const { text } = await raw(address, page, { headers: forwarded })
      const seen = JSON.parse(text)
      assert.equal(seen.href, href)
      assert.deepEqual(seen.config.jsApiList, ['scanQRCode'])
      assert.equal((await wechat.verify(seen.config, href)).ok, true)
    }
    const { config } = JSON.parse((await raw(address, '/?debug=1', { headers: forwarded })).text)
    assert.deepEqual([config.debug, config.jsApiList], [true, ['scanQRCode']])
  })

  /** `ctx.wxConfig()` rejects with a WxSignError, and the status of the page is the page's. */
  test(`${name}: ctx.wxConfig() leaves the status alone`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.client({ allowedHosts: ['shop.example.com'] })
    const seen = []
    const app = new Koa().use(wxsign({ client })).use(async (ctx) => {
      ctx.body = 'page'
      await ctx.wxConfig().catch((error) => {
        seen.push(error)
        if (ctx.path === '/uncaught') throw error
      })
      if (ctx.path === '/config') await client.config('https://evil.com/')
    })
    app.silent = true
    const address = await serve(t, app)
    // A request line with a whole URL, and a Host of the visitor's making, are checked like any
    // other address.
    for (const [path, headers, code] of [
      ['http://evil.com/', {}, 'HOST_NOT_ALLOWED'],
      ['/', { Host: 'evil.com' }, 'HOST_NOT_ALLOWED'],
      ['/', { Host: 'shop.example.com:port' }, 'INVALID_URL'],
    ]) {
      const { status, text } = await raw(address, path, { headers })
      assert.deepEqual([status, text], [200, 'page'])
      const error = seen.pop()
      assert.ok(error instanceof WxSignError)
      assert.equal(error.code, code)
    }
    for (const path of ['/uncaught', '/config']) assert.equal((await raw(address, path)).status, 500, path)
  })

  test(`${name}: its failures never reach an error handler`, async (t) => {
    const wechat = await sandbox(t)
    await wechat.fault({ endpoint: 'any', kind: 'errcode', errcode: 40164 })
    const app = new Koa()
    app.use(async (ctx, next) => {
      await next().catch(() => {
        ctx.body = 'caught'
      })
    })
    app.use(wxsign({ client: wechat.client({ allowedHosts: '*' }), onError() {} }))
    const answer = await ask(await serve(t, app), PAGE)
    assert.deepEqual([answer.status, (await answer.json()).code], [502, 'IP_NOT_ALLOWED'])
  })
}
