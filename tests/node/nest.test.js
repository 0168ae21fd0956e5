// wxsign/nest in a real Nest: its route, its injectable service, and its end with the application.

require('reflect-metadata')
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Controller, Get, HttpException, Inject, Module } = require('@nestjs/common')
const { NestFactory } = require('@nestjs/core')
const { WxSignError } = require('wxsign')
const { WxSignModule, WxSignService } = require('wxsign/nest')
const { rejects } = require('./support/failure')
const { ask, contract, PAGE } = require('./support/handlers')
const { sandbox } = require('./support/sandbox')

/** What TypeScript makes of decorated classes. */
function decorate(Class, decorators, injected = []) {
  for (const [at, token] of injected.entries()) Inject(token)(Class, undefined, at)
  for (const decorator of decorators) decorator(Class)
  return Class
}

function route(Class, method, decorator) {
  decorator(Class.prototype, method, Object.getOwnPropertyDescriptor(Class.prototype, method))
}

/** An application of these modules, listening. */
async function application(t, imports, { controllers = [], prefix } = {}) {
  const root = decorate(class Root {}, [Module({ imports, controllers })])
  const app = await NestFactory.create(root, { logger: false, abortOnError: false })
  if (prefix) app.setGlobalPrefix(prefix)
  await app.listen(0, '127.0.0.1')
  t.after(() => app.close())
  return { app, address: await app.getUrl() }
}

class Other {
  get() {
    return 'other'
  }
}
route(Other, 'get', Get())
decorate(Other, [Controller('other')])

class Pages {
  constructor(service) {
    this.service = service
  }
  page() {
    return this.service.config(PAGE, { debug: true, jsApiList: undefined })
  }
}
route(Pages, 'page', Get())
decorate(Pages, [Controller('page')], [WxSignService])

contract('Nest', async (t, options) => {
  const { address } = await application(t, [WxSignModule.forRoot(options)], { controllers: [Other] })
  return address
})

/** Nest: options from other providers, a route below the prefix, a service for constructors. */
test('Nest: options may come from other providers', async (t) => {
  const wechat = await sandbox(t)
  const settings = decorate(class Settings {}, [
    Module({
      providers: [{ provide: 'SETTINGS', useFactory: async () => ({ hosts: ['shop.example.com'] }) }],
      exports: ['SETTINGS'],
    }),
  ])
  const module = WxSignModule.forRootAsync({
    path: 'sign',
    global: true,
    imports: [settings],
    inject: ['SETTINGS'],
    useFactory: async ({ hosts }) => ({ ...wechat.options, allowedHosts: hosts, jsApiList: ['scanQRCode'] }),
  })
  const pages = decorate(class PagesModule {}, [Module({ controllers: [Pages] })])
  const { app, address } = await application(t, [module, pages], { prefix: 'api' })
  const config = await (await fetch(`${address}/api/sign?url=${encodeURIComponent(PAGE)}`)).json()
  assert.equal((await wechat.verify(config, PAGE)).ok, true)
  const page = await (await fetch(`${address}/api/page`)).json()
  assert.deepEqual([page.debug, page.jsApiList], [true, ['scanQRCode']])
  assert.equal((await ask(address, PAGE)).status, 404)
  const { client } = app.get(WxSignService, { strict: false })
  assert.ok((await client.ticket()).startsWith('TICKET'))
  await app.close()
  await rejects(client.ticket(), 'CLOSED')
})

test('Nest: the service signs for agentConfig', async (t) => {
  const wechat = await sandbox(t)
  const options = { ...wechat.workOptions, allowedHosts: ['shop.example.com'], jsApiList: ['selectExternalContact'] }
  const { app, address } = await application(t, [WxSignModule.forRoot({ ...options, path: 'sign' })], { prefix: 'api' })
  const service = app.get(WxSignService)
  const config = await service.agentConfig(PAGE)
  assert.equal((await wechat.verify(config, PAGE)).errMsg, 'agentConfig:ok')
  assert.deepEqual(config.jsApiList, ['selectExternalContact'])
  const error = await service.agentConfig('https://evil.com/').then(assert.fail, (error) => error)
  assert.ok(error instanceof HttpException && error.getStatus() === 403)
  const served = await fetch(`${address}/api/sign/agent-config?url=${encodeURIComponent(PAGE)}`)
  assert.equal((await wechat.verify(await served.json(), PAGE)).errMsg, 'agentConfig:ok')
})

test('Nest: a failing service throws an HttpException', async (t) => {
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: ['other.example.com'] })
  const { app, address } = await application(t, [WxSignModule.forRoot({ client, path: false })])
  assert.equal((await ask(address, PAGE)).status, 404)
  const error = await app
    .get(WxSignService)
    .config(PAGE)
    .then(assert.fail, (error) => error)
  assert.ok(error instanceof HttpException && error.cause instanceof WxSignError)
  const { code, message } = error.getResponse()
  assert.deepEqual([error.getStatus(), code, message.length > 10], [403, 'HOST_NOT_ALLOWED', true])
  await app.close()
  assert.ok((await client.ticket()).startsWith('TICKET'), 'a client that was passed is its maker’s')
})

test('Nest: a page of the service ends an outage', async (t) => {
  const warnings = []
  const listener = ({ message }) => warnings.push(message)
  process.on('warning', listener)
  t.after(() => process.off('warning', listener))
  const wechat = await sandbox(t)
  const client = wechat.client({ allowedHosts: '*' })
  const { app } = await application(t, [WxSignModule.forRoot({ client, path: false })])
  const service = app.get(WxSignService)
  await wechat.fault({ endpoint: 'any', kind: 'errcode', errcode: 48001, times: 1 })
  await service.config(PAGE).then(assert.fail, () => {})
  // Without the cooldown that the failure began.
  t.mock.method(client, 'config', async () => ({}))
  await service.config(PAGE)
  await new Promise(setImmediate)
  assert.deepEqual(
    warnings.map((warning) => /PERMISSION_DENIED: |signs pages again/.exec(warning)?.[0]),
    ['PERMISSION_DENIED: ', 'signs pages again'],
  )
})

/** Nest: wrong options stop the application with what is wrong. */
test('Nest: wrong options stop the application', async (t) => {
  const imports = () => [WxSignModule.forRoot({ appId: 'wx1', appSecret: 's' })]
  await rejects(application(t, imports()), 'INVALID_ARGUMENT')
})

test('Nest: a shutdown signal closes the client', async (t) => {
  const wechat = await sandbox(t)
  const imports = [WxSignModule.forRoot({ ...wechat.options, allowedHosts: '*' })]
  const root = decorate(class Root {}, [Module({ imports })])
  const app = await NestFactory.createApplicationContext(root, { logger: false })
  // Nest sends itself the signal again when its hooks are done; here it must not end the tests.
  const again = new Promise((resolve) => {
    t.mock.method(process, 'kill', resolve)
  })
  app.enableShutdownHooks(['SIGTERM'])
  const { client } = app.get(WxSignService)
  process.emit('SIGTERM', 'SIGTERM')
  await again
  await rejects(client.ticket(), 'CLOSED')
})
