// wxsign/express in a real Express 5: behind its body parsers, below a router, and before its error handler.

const assert = require('node:assert/strict')
const { createServer } = require('node:http')
const { test } = require('node:test')
const express = require('express')
const { wxsign } = require('wxsign/express')
const { ask, contract, listening, PAGE } = require('./support/handlers')
const { sandbox } = require('./support/sandbox')

contract('Express', async (t, options) => {
  const handler = wxsign(options)
  t.after(handler.close)
  const app = express()
  app.use(express.json(), express.urlencoded({ extended: true }))
  app.use(handler)
  app.get('/other', (_, response) => response.send('other'))
  return listening(t, createServer(app))
})

test('Express: below routers the whole path counts; as a route, the route decides', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: ['shop.example.com'] })
  const app = express()
  app.set('query parser', 'extended')
  app.use('/api', express.Router().use(wxsign({ client, path: '/api/wx/config' })))
  app.get('/sign/:any', wxsign({ client, path: '*' }))
  const address = await listening(t, createServer(app))
  const query = `?url=${encodeURIComponent(PAGE)}`
  for (const path of ['/api/wx/config', '/sign/x']) {
    const answer = await fetch(address + path + query)
    assert.equal((await wechat.verify(await answer.json(), PAGE)).ok, true)
    const odd = await fetch(`${address}${path}?url[a]=https://shop.example.com/`)
    assert.deepEqual([odd.status, await odd.json()], [400, { code: 'INVALID_ARGUMENT' }])
  }
  assert.equal((await ask(address, PAGE)).status, 404)
})

test('Express: a defect goes to the error handler', async (t) => {
  const wechat = await sandbox(t)
  const app = express()
  app.use((request, _, next) => {
    request.get = () => {
      throw new Error('a defect')
    }
    next()
  })
  app.use(wxsign({ client: wechat.client({ allowedHosts: '*' }) }))
  app.use((error, _request, response, _next) => response.status(500).send(error.message))
  const address = await listening(t, createServer(app))
  const answer = await ask(address, PAGE)
  assert.deepEqual([answer.status, await answer.text()], [500, 'a defect'])
})
