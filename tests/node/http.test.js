// wxsign/http and wxsign/web: where there is no framework, or one that speaks fetch.

const assert = require('node:assert/strict')
const { createServer } = require('node:http')
const { test } = require('node:test')
const { serve } = require('@hono/node-server')
const { Hono } = require('hono')
const { secureHeaders } = require('hono/secure-headers')
const http = require('wxsign/http')
const web = require('wxsign/web')
const { ask, contract, listening, PAGE, raw } = require('./support/handlers')
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
  let server
  await new Promise((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, resolve)
  })
  t.after(() => server.close())
  return `http://127.0.0.1:${server.address().port}`
})

test('node:http alone: other paths 404, other methods 405 with Allow, a body that is too long 400', async (t) => {
  const wechat = await sandbox(t)
  const handler = http.wxsign({ ...wechat.options, allowedHosts: '*' })
  t.after(handler.close)
  const address = await listening(t, createServer(handler))
  assert.equal((await fetch(`${address}/`)).status, 404)
  const put = await ask(address, PAGE, { method: 'PUT' })
  assert.deepEqual([put.status, put.headers.get('allow')], [405, 'GET, HEAD, POST'])
  const headers = { 'Content-Type': 'application/json' }
  for (const body of ['x'.repeat(100_000), '{"url":', '']) {
    const answer = await fetch(`${address}/wx/config`, { method: 'POST', headers, body })
    assert.deepEqual([answer.status, await answer.json()], [400, { code: 'INVALID_ARGUMENT' }])
  }
  assert.equal((await ask(address, PAGE)).status, 200)
  assert.equal((await raw(address, `${address}/wx/config?url=x`)).status, 404, 'a proxy request is none of ours')
})

test('web: a function from Request to Response, with a path of its own or behind a router', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: ['*'] })
  const at = (path) => web.wxsign({ client, path })
  const question = new Request(`https://x.example/api/sign?url=${encodeURIComponent(PAGE)}`)
  assert.equal((await at('/api/sign')(question)).status, 200)
  assert.equal((await at('*')(question)).status, 200)
  assert.equal((await at('/other')(question)).status, 404)
  const put = await at('*')(new Request(question.url, { method: 'PUT', body: 'x' }))
  assert.deepEqual([put.status, put.headers.get('allow')], [405, 'GET, HEAD, POST'])
  const read = new Request(question.url, {
    method: 'POST',
    body: '{}',
    headers: { 'Content-Type': 'application/json' },
  })
  await read.text()
  assert.equal((await at('*')(read)).status, 200, 'a body that somebody has read is passed over')
})
