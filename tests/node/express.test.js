// wxsign/express in a real Express 4 and 5: behind its body parsers, mounted, below routers and as
// a route.

const assert = require('node:assert/strict')
const { createServer } = require('node:http')
const { test } = require('node:test')
const { wxsign } = require('wxsign/express')
const { ask, contract, listening, post, refused, routesOfAnApp, PAGE } = require('./support/handlers')
const { sandbox } = require('./support/sandbox')

for (const [name, express] of [
  ['Express 5', require('express')],
  ['Express 4', require('express4')],
]) {
  contract(name, async (t, options) => {
    const handler = wxsign(options)
    t.after(handler.close)
    const app = express()
    app.use(express.json(), express.urlencoded({ extended: true }))
    app.use(handler)
    app.get('/other', (_, response) => response.send('other'))
    return listening(t, createServer(app))
  })

  /** It answers the path that it is mounted at, its own path below that, and nothing else. */
  test(`${name}: it answers where it is mounted`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.client({ allowedHosts: ['shop.example.com'] })
    const app = express()
    app.use('/wx/sign', wxsign({ client }))
    app.use(
      '/api',
      express
        .Router()
        .get('/wechat', wxsign({ client }))
        .get('/', (_, response) => response.send('api')),
    )
    app.use('/deep', express.Router().use(wxsign({ client, path: '/sign/' })))
    app.all(/^\/passed/, (_request, _response, next) => next())
    app.use(wxsign({ client, path: '/own' }))
    app.get('/routed/:any', wxsign({ client, path: '*' }))
    app.use((_, response) => response.status(404).send('passed on'))
    const address = await listening(t, createServer(app))
    const status = async (path) => (await fetch(`${address}${path}?url=${encodeURIComponent(PAGE)}`)).status
    const ours = [
      '/wx/sign',
      '/wx/sign/',
      '/wx/sign/wx/config',
      '/api/wechat',
      '/deep/sign',
      '/deep',
      '/own',
      '/routed/x',
    ]
    for (const path of ours) assert.equal(await status(path), 200, path)
    const others = ['/', '/wx', '/wx/sign/more', '/wx/config', '/api/wechat/x', '/deep/sign/x', '/passed', '/own/x']
    for (const path of others) assert.equal(await status(path), 404, path)
    assert.equal(await (await fetch(`${address}/api`)).text(), 'api')
    const odd = await fetch(`${address}/routed/x?url[a]=https://shop.example.com/`)
    assert.equal(odd.status, 400)
    refused(await odd.text(), /^INVALID_ARGUMENT$/)
  })

  test(`${name}: an app's routes are below its mount`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.work({ allowedHosts: ['shop.example.com'] })
    const api = express.Router().get('/agent-config', wxsign({ client })).get('/sign', wxsign({ client }))
    const app = express()
      .use('/mounted', wxsign({ client, path: '/own' }))
      .use('/api', api)
    app.use(wxsign({ client, path: '/' }))
    const address = await listening(t, createServer(app))
    await routesOfAnApp(wechat, address, {
      configs: ['/mounted', '/mounted/own', '/api/sign', '/'],
      mounts: ['/mounted', '/mounted/own', '/api', ''],
      others: ['/mounted/suite-config', '/api/sign/agent-config', '/agent-config/x'],
    })
  })

  test(`${name}: a JSON body needs no body parser`, async (t) => {
    const wechat = await sandbox(t)
    const app = express().use(wxsign({ client: wechat.client({ allowedHosts: '*' }) }))
    const address = await listening(t, createServer(app))
    const answer = await post(address, 'application/json', JSON.stringify({ url: PAGE }))
    assert.equal((await wechat.verify(await answer.json(), PAGE)).ok, true)
  })

  /** A middleware with a time limit answers while the handler waits: then the answer is that one, and nothing fails. */
  test(`${name}: a time limit may answer first`, async (t) => {
    const wechat = await sandbox(t)
    await wechat.fault({ endpoint: 'any', kind: 'hang' })
    const app = express()
    const handled = []
    app.use((_request, response, next) => {
      next()
      response.status(503).send('too late')
    })
    const handler = wxsign({ client: wechat.client({ allowedHosts: '*' }) })
    app.use((request, response, next) => handled.push(handler(request, response, next)))
    const address = await listening(t, createServer(app))
    const answer = await ask(address, PAGE)
    assert.deepEqual([answer.status, await answer.text()], [503, 'too late'])
    await wechat.clear()
    assert.deepEqual(await Promise.all(handled), [undefined])
  })

  /** Sessions and compression listen to answers, and may throw there. */
  test(`${name}: a listener that throws is a 500`, async (t) => {
    const wechat = await sandbox(t)
    const app = express()
    app.use((_request, response, next) => {
      const { end } = response
      response.end = () => {
        response.end = end
        throw new Error('a listener')
      }
      next()
    })
    app.use(wxsign({ client: wechat.client({ allowedHosts: '*' }) }))
    app.use((error, _request, response, _next) => response.status(500).send(error.message))
    const answer = await ask(await listening(t, createServer(app)), PAGE)
    assert.deepEqual([answer.status, await answer.text()], [500, 'a listener'])
  })

  /** An error that a page lets escape is a defect of the page, and no 403 or 502. */
  test(`${name}: an escaped error leaves the status alone`, async (t) => {
    const wechat = await sandbox(t)
    const client = wechat.client({ allowedHosts: ['shop.example.com'] })
    const app = express().set('env', 'test')
    app.get('/page', (_request, _response, next) => client.config('https://evil.com/').catch(next))
    const address = await listening(t, createServer(app))
    assert.equal((await fetch(`${address}/page`)).status, 500)
  })

  /** A defect is answered like every failure: JSON, INTERNAL, and reported. */
  test(`${name}: a defect is answered as JSON`, async (t) => {
    const wechat = await sandbox(t)
    const errors = []
    const client = wechat.client({ allowedHosts: '*' })
    client.config = async () => {
      throw new Error('a defect')
    }
    const app = express().use(wxsign({ client, onError: (error) => errors.push(error) }))
    const answer = await ask(await listening(t, createServer(app)), PAGE)
    assert.equal(answer.status, 500)
    refused(await answer.text(), /^INTERNAL$/)
    assert.equal(errors[0].cause.message, 'a defect')
  })
}
