// wxsign/fastify in a real Fastify 4 and 5: its routes, its decoration, its end.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { wxsign } = require('wxsign/fastify')
const { rejects } = require('./support/failure')
const { ask, contract, PAGE, refused } = require('./support/handlers')
const { sandbox } = require('./support/sandbox')

for (const [name, Fastify] of [
  ['Fastify 5', require('fastify')],
  ['Fastify 4', require('fastify4')],
]) {
  /** A server that takes forms too, as many do. */
  const server = async (t, settings) => {
    const app = Fastify(settings)
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(body))),
    )
    t.after(() => app.close())
    return app
  }

  contract(name, async (t, options) => {
    const app = await server(t)
    app.get('/other', async () => 'other')
    await app.register(wxsign, options)
    return app.listen({ port: 0, host: '127.0.0.1' })
  })

  /** The client is a decoration of the whole server, and is closed with it. */
  test(`${name}: the client is closed with the server`, async (t) => {
    const wechat = await sandbox(t)
    const app = await server(t)
    await app.register(wxsign, { ...wechat.options, allowedHosts: ['shop.example.com'], prefix: '/api' })
    app.get('/page', async () => app.wxsign.config(PAGE))
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    const config = await (await fetch(`${address}/page`)).json()
    assert.equal((await wechat.verify(config, PAGE)).ok, true)
    assert.equal((await ask(`${address}/api`, PAGE)).status, 200)
    const client = app.wxsign
    await app.close()
    await rejects(client.ticket(), 'CLOSED')
  })

  /** An error that a page lets escape is a defect of the page, and no 403 or 502. */
  test(`${name}: an escaped error leaves the status alone`, async (t) => {
    const wechat = await sandbox(t)
    const app = await server(t)
    await app.register(wxsign, { client: wechat.client({ allowedHosts: ['shop.example.com'] }) })
    app.get('/page', async () => app.wxsign.config('https://evil.com/'))
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    assert.equal((await fetch(`${address}/page`)).status, 500)
  })

  test(`${name}: a passed client outlives the server`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.client({ allowedHosts: '*' })
    const app = await server(t)
    await app.register(wxsign, { client })
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    assert.equal((await ask(address, PAGE)).status, 200)
    await app.close()
    assert.ok((await client.ticket()).startsWith('TICKET'))
  })

  /** It answers the path that it is mounted at, its own path below that, and nothing else. */
  test(`${name}: it answers where it is mounted`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.client({ allowedHosts: '*' })
    for (const settings of [{}, { ignoreTrailingSlash: true }]) {
      const app = await server(t, settings)
      await app.register(wxsign, { client })
      await app.register(wxsign, { client, path: '/second' })
      await app.register(wxsign, { client, prefix: '/mounted/' })
      await app.register(async (api) => api.register(wxsign, { client, path: '/sign' }), { prefix: '/api' })
      const address = await app.listen({ port: 0, host: '127.0.0.1' })
      const status = async (path) => (await fetch(`${address}${path}?url=${encodeURIComponent(PAGE)}`)).status
      const ours = ['/wx/config', '/second', '/second/', '/mounted', '/mounted/', '/mounted/wx/config', '/api/sign']
      for (const path of ours) assert.equal(await status(path), 200, path)
      for (const path of ['/', '/api', '/second/x', '/mounted/x']) assert.equal(await status(path), 404, path)
    }
  })

  /** Else the pages of a second account would be signed for the first. */
  test(`${name}: a path that is taken is refused`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.client({ allowedHosts: '*' })
    for (const options of [{}, { path: '/' }, { path: '*' }, { prefix: '/api' }]) {
      const app = await server(t)
      await app.register(wxsign, { client, ...options })
      const again = async () => {
        await app.register(wxsign, { client, ...options })
      }
      await assert.rejects(again, /already declared/)
    }
    const app = await server(t)
    app.get('/api', async () => 'a page at the mount')
    await app.register(wxsign, { client, prefix: '/api' })
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    assert.equal(await (await fetch(`${address}/api`)).text(), 'a page at the mount')
    assert.equal((await ask(`${address}/api`, PAGE)).status, 200)
  })

  test(`${name}: an app's routes are below its mount`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.work({ allowedHosts: ['shop.example.com'] })
    const app = await server(t)
    await app.register(wxsign, { client, prefix: '/mounted', path: '/own' })
    await app.register(wxsign, { client, path: '/' })
    await app.register(wxsign, { client, prefix: '/root', path: '/' })
    await app.register(async (every) => every.register(wxsign, { client, path: '*' }), { prefix: '/every' })
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    const kind = async (path) => {
      const answer = await fetch(`${address}${path}?url=${encodeURIComponent(PAGE)}`)
      return answer.ok ? (await wechat.verify(await answer.json(), PAGE)).errMsg : answer.status
    }
    for (const path of ['/mounted', '/mounted/own', '/', '/every/x']) assert.equal(await kind(path), 'config:ok', path)
    for (const path of ['/mounted', '/mounted/own', '/root', '', '/every/x']) {
      assert.equal(await kind(`${path}/agent-config`), 'agentConfig:ok', path)
      if (path !== '/every/x') assert.equal(await kind(`${path}/agent-config/`), 'agentConfig:ok', path)
    }
    for (const path of ['/mounted/suite-config', '/agent-config/x']) assert.equal(await kind(path), 404, path)
  })

  /** What Fastify cannot parse gets the body of every other framework, and is never signed: it came past the hooks. */
  test(`${name}: a body that nothing parses is 400`, async (t) => {
    const wechat = await sandbox(t)
    const errors = []
    const app = await server(t)
    app.setErrorHandler((_error, _request, reply) => reply.send('caught'))
    app.addHook('preHandler', async () => assert.fail('the hook of who may ask'))
    await app.register(wxsign, { client: wechat.client({ allowedHosts: '*' }), onError: (error) => errors.push(error) })
    app.post('/other', async () => 'other')
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    const query = `?url=${encodeURIComponent(PAGE)}`
    for (const [type, body] of [
      ['application/json', '{"url":'],
      ['application/json', ''],
      ['text/xml', '<url/>'],
      ['application/json', JSON.stringify({ url: 'x'.repeat(2_000_000) })],
    ]) {
      const headers = { 'Content-Type': type }
      const answer = await fetch(`${address}/wx/config${query}`, { method: 'POST', headers, body })
      assert.equal(answer.status, 400, body.slice(0, 20))
      refused(await answer.text(), /^INVALID_ARGUMENT$/)
      assert.equal(await (await fetch(`${address}/other`, { method: 'POST', headers, body })).text(), 'caught')
    }
    assert.match(errors[0].message, /body/)
    assert.equal((await wechat.counts()).total, 0)
  })

  test(`${name}: its failures never reach an error handler`, async (t) => {
    const wechat = await sandbox(t)
    await wechat.fault({ endpoint: 'any', kind: 'errcode', errcode: 40164 })
    const app = await server(t)
    app.setErrorHandler((_error, _request, reply) => reply.send('caught'))
    await app.register(wxsign, { client: wechat.client({ allowedHosts: '*' }), onError() {} })
    const answer = await ask(await app.listen({ port: 0, host: '127.0.0.1' }), PAGE)
    assert.deepEqual([answer.status, (await answer.json()).code], [502, 'IP_NOT_ALLOWED'])
  })
}
