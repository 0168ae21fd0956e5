// wxsign/http and wxsign/web: without a framework, or in one that speaks fetch.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { createServer, request } = require('node:http')
const { test } = require('node:test')
const { serve } = require('@hono/node-server')
const connect = require('connect')
const { Elysia } = require('elysia')
const { Hono } = require('hono')
const { secureHeaders } = require('hono/secure-headers')
const http = require('wxsign/http')
const web = require('wxsign/web')
const { ask, contract, listening, PAGE, raw, refused } = require('./support/handlers')
const { sandbox } = require('./support/sandbox')

contract('node:http', async (t, options) => {
  const handler = http.wxsign(options)
  t.after(handler.close)
  const server = createServer((request, response) =>
    handler(request, response, () => {
      response.statusCode = request.url === '/other' ? 200 : 404
      response.end(request.url === '/other' ? 'other' : 'passed on')
    }),
  )
  return listening(t, server)
})

contract('web (Hono)', async (t, options) => {
  const handler = web.wxsign(options)
  t.after(handler.close)
  const app = new Hono()
  app.use(secureHeaders())
  app.get('/other', (c) => c.text('other'))
  app.all('/wx/config', (c) => handler(c.req.raw))
  for (const route of ['', 'agent-config', 'suite-config', 'invoice-config']) {
    app.all(`/wx/config/${route}`, (c) => handler(c.req.raw))
  }
  let server
  await new Promise((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, resolve)
  })
  t.after(() => server.close())
  return `http://127.0.0.1:${server.address().port}`
})

contract('web (Elysia)', async (t, options) => {
  const handler = web.wxsign(options)
  t.after(handler.close)
  const app = new Elysia()
    .get('/other', () => 'other')
    .all('/wx/config', ({ request }) => handler(request))
    .all('/wx/config/', ({ request }) => handler(request))
    .all('/wx/config/agent-config', ({ request }) => handler(request))
    .all('/wx/config/suite-config', ({ request }) => handler(request))
    .all('/wx/config/invoice-config', ({ request }) => handler(request))
  const server = serve({ fetch: (request) => app.fetch(request), port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${server.address().port}`
})

/** Other paths get 404, other methods 405 with Allow, a body that is broken or too long 400. */
test('node:http alone answers every request', async (t) => {
  const wechat = await sandbox(t)
  const handler = http.wxsign({ ...wechat.options, allowedHosts: '*', onError() {} })
  t.after(handler.close)
  const address = await listening(t, createServer(handler))
  for (const path of ['/', '/?url=x', '/wx/config/x', '/wx/config%2F']) {
    assert.equal((await fetch(`${address}${path}`)).status, 404, path)
  }
  const put = await ask(address, PAGE, { method: 'PUT' })
  assert.deepEqual([put.status, put.headers.get('allow')], [405, 'GET, HEAD, POST'])
  const headers = { 'Content-Type': 'application/json' }
  for (const body of ['x'.repeat(100_000), '{"url":', '', '"\\ud800"', '{"url":"https://x.example/\\ud800"}']) {
    const answer = await fetch(`${address}/wx/config`, { method: 'POST', headers, body })
    assert.equal(answer.status, 400, body.slice(0, 50))
    refused(await answer.text(), /^INVALID_(ARGUMENT|URL)$/)
  }
  assert.equal((await ask(address, PAGE)).status, 200)
  assert.equal((await raw(address, `${address}/wx/config?url=x`)).status, 404, 'a proxy request is none of ours')
})

/** A body that is too long is named, be it a question or a report, and a URL in the query still counts. */
test('a body over 64 KiB is named as too long', async (t) => {
  const wechat = await sandbox(t)
  const errors = []
  const options = { ...wechat.options, allowedHosts: '*', reports: true, onError: (error) => errors.push(error) }
  const body = (field) => JSON.stringify({ [field]: `https://shop.example.com/${'x'.repeat(65_536)}` })
  for (const field of ['url', 'report']) {
    // Each handler reports a code once a minute.
    const [listener, web] = [http.wxsign(options), require('wxsign/web').wxsign(options)]
    t.after(() => Promise.all([listener.close(), web.close()]))
    const address = await listening(t, createServer(listener))
    for (const send of [fetch, async (url, init) => web(new Request(url, init))]) {
      const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: body(field) }
      const answer = await send(`${address}/wx/config`, init)
      assert.equal(answer.status, 400)
      refused(await answer.text(), /^INVALID_ARGUMENT$/)
      assert.match(errors.pop().message, /body of the request .*too long/)
      assert.equal((await send(`${address}/wx/config?url=${encodeURIComponent(PAGE)}`, init)).status, 200)
      assert.deepEqual(errors, [])
    }
  }
})

/** A visitor who goes away while the body is sent is no defect. */
test('a body that breaks off is no defect', async (t) => {
  const wechat = await sandbox(t)
  const errors = []
  const options = { ...wechat.options, allowedHosts: '*', onError: ({ code }) => errors.push(code) }
  const [listener, handler] = [http.wxsign(options), web.wxsign(options)]
  t.after(() => Promise.all([listener.close(), handler.close()]))
  const handled = []
  const server = createServer((request, response) => handled.push(listener(request, response)))
  const { port } = new URL(await listening(t, server))
  const headers = { 'Content-Type': 'application/json' }
  const sent = request({ port, path: '/wx/config', method: 'POST', headers: { ...headers, 'Content-Length': 100 } })
  sent.on('error', () => {})
  sent.write('{"url')
  await once(server, 'request')
  sent.destroy()
  await Promise.all(handled)
  const body = new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })
  const asked = new Request('http://127.0.0.1/wx/config', { method: 'POST', headers, body, duplex: 'half' })
  assert.equal((await handler(asked)).status, 400)
  assert.deepEqual(errors, ['INVALID_ARGUMENT', 'INVALID_ARGUMENT'])
})

/** connect cuts the path of the mount off for an app's routes too. */
test('node:http in connect has the routes of an app', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.work({ allowedHosts: '*' })
  const app = connect()
    .use('/mounted', http.wxsign({ client }))
    .use(http.wxsign({ client, path: '/own' }))
  app.use((_, response) => {
    response.statusCode = 404
    response.end('passed on')
  })
  const address = await listening(t, createServer(app))
  const query = `?url=${encodeURIComponent(PAGE)}`
  for (const path of ['/mounted/agent-config', '/mounted/wx/config/agent-config', '/own/agent-config/']) {
    const config = await (await fetch(address + path + query)).json()
    assert.equal((await wechat.verify(config, PAGE)).errMsg, 'agentConfig:ok', path)
  }
  for (const path of ['/agent-config', '/mounted/suite-config', '/own/agent-config/x']) {
    assert.equal((await fetch(address + path + query)).status, 404, path)
  }
  assert.equal((await fetch(`${address}/mounted/agent-config`)).status, 400, 'url is missing')
})

/** connect cuts the path of the mount off; a page whose path a single-page app rewrites is no mount. */
test('node:http in connect answers where it is mounted', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: '*' })
  const app = connect()
  app.use('/mounted', http.wxsign({ client }))
  app.use((request, _, next) => {
    request.url = request.url.replace(/^\/page\/\w+/, '/')
    next()
  })
  app.use(http.wxsign({ client }))
  app.use((_, response) => response.end('passed on'))
  const address = await listening(t, createServer(app))
  const query = `?url=${encodeURIComponent(PAGE)}`
  for (const path of ['/mounted', '/mounted/', '/mounted/wx/config', '/wx/config', '/wx/config/']) {
    assert.match(await (await fetch(address + path + query)).text(), /signature/, path)
  }
  const asPage = { headers: { Accept: 'text/html,*/*;q=0.8' } }
  for (const path of ['/page/1', '/page/1?a=1', '/', `/${query}`, `/mounted/x${query}`]) {
    assert.equal(await (await fetch(address + path, asPage)).text(), 'passed on', path)
  }
  const missing = await fetch(`${address}/mounted?a=1`)
  refused(await missing.text(), /^INVALID_ARGUMENT$/)
  const cors = { corsOrigins: 'https://m.example.com' }
  const other = await listening(t, createServer(connect().use('/mounted', http.wxsign({ client, ...cors }))))
  const preflight = await fetch(`${other}/mounted`, { method: 'OPTIONS', headers: { Origin: cors.corsOrigins } })
  assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin')], [204, cors.corsOrigins])
})

/** Sessions and compression listen to answers, and may throw there. */
test('connect handles what a listener throws', async (t) => {
  const wechat = await sandbox(t)
  const app = connect()
  app.use((_request, response, next) => {
    const { writeHead } = response
    response.writeHead = () => {
      response.writeHead = writeHead
      throw new Error('a listener')
    }
    next()
  })
  app.use(http.wxsign({ client: wechat.client({ allowedHosts: '*' }) }))
  app.use((error, _request, response, _next) => response.end(error.message))
  const answer = await ask(await listening(t, createServer(app)), PAGE)
  assert.equal(await answer.text(), 'a listener')
})

/** A function from Request to Response answers every path, or the one that it was given. */
test('web: it answers every path, or its own', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: ['*'] })
  const at = (path) => web.wxsign(path === undefined ? { client } : { client, path })
  const question = (path = '/api/sign') => new Request(`https://x.example${path}?url=${encodeURIComponent(PAGE)}`)
  for (const path of ['/api/sign', '/api/sign/', '/', '/wx/config']) {
    assert.equal((await at()(question(path))).status, 200, path)
    assert.equal((await at('*')(question(path))).status, 200, path)
  }
  assert.equal((await at('/api/sign')(question('/api/sign/'))).status, 200)
  assert.equal((await at('/other')(question())).status, 404)
  const put = await at()(new Request(question().url, { method: 'PUT', body: 'x' }))
  assert.deepEqual([put.status, put.headers.get('allow')], [405, 'GET, HEAD, POST'])
  const headers = { 'Content-Type': 'application/json' }
  const read = new Request(question().url, { method: 'POST', body: '{}', headers })
  await read.text()
  assert.equal((await at()(read)).status, 200, 'a body that was read already is passed over')
})
