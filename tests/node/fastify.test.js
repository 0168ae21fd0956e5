// wxsign/fastify in a real Fastify 5: its route, its decoration, its end.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const Fastify = require('fastify')
const { WxSignError } = require('wxsign')
const { wxsign } = require('wxsign/fastify')
const { rejects } = require('./support/failure')
const { ask, contract, PAGE } = require('./support/handlers')
const { sandbox } = require('./support/sandbox')

/** A server that takes forms too, as many do. */
async function server(t, settings) {
  const app = Fastify(settings)
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body))),
  )
  t.after(() => app.close())
  return app
}

contract('Fastify', async (t, options) => {
  const app = await server(t)
  app.get('/other', async () => 'other')
  await app.register(wxsign, options)
  return app.listen({ port: 0, host: '127.0.0.1' })
})

test('Fastify: the client is a decoration of the whole server, and is closed with it', async (t) => {
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

test('Fastify: a client that was passed outlives the server; two plugins have two routes', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: '*' })
  const app = await server(t)
  await app.register(wxsign, { client })
  await app.register(wxsign, { client, path: '/second' })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  assert.equal((await ask(address, PAGE)).status, 200)
  assert.equal((await fetch(`${address}/second?url=${encodeURIComponent(PAGE)}`)).status, 200)
  await app.close()
  assert.ok((await client.ticket()).startsWith('TICKET'))
})

test('Fastify: failures reach its error handler, with the code and the cause', async (t) => {
  const wechat = await sandbox(t)
  await wechat.fault({ endpoint: 'any', kind: 'errcode', errcode: 40164 })
  const app = await server(t)
  app.setErrorHandler((error, _, reply) => {
    assert.ok(error.cause instanceof WxSignError)
    return reply.code(error.statusCode).send({ wrong: error.code })
  })
  await app.register(wxsign, { client: wechat.client({ allowedHosts: '*' }), onError() {} })
  const answer = await ask(await app.listen({ port: 0, host: '127.0.0.1' }), PAGE)
  assert.deepEqual([answer.status, await answer.json()], [502, { wrong: 'IP_NOT_ALLOWED' }])
})
