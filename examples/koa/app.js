// The Koa application, made from its settings and not yet listening.

const Koa = require('koa')
const { createClient } = require('wxsign')
const compat = require('wxsign/compat')

const failures = require('./middleware/failures')
const files = require('./middleware/files')

const ROUTES = new Map([
  ['/config', require('./routes/config')],
  ['/legacy/config', require('./routes/legacyConfig')],
  ['/verify', require('./routes/verify')],
])
// For `make demo` alone: the first signs wrongly on purpose, the second starts a program.
const DEMO_ROUTES = new Map([
  ['/broken', require('./demo/broken')],
  ['/explain', require('./demo/explain')],
])

module.exports = function createApp(appConfig) {
  const { appId, appSecret, wxapiBaseUrl, allowedHosts, store, demo } = appConfig
  if (!allowedHosts?.length) {
    throw new Error("allowedHosts is missing: list the hosts of your pages (WX_ALLOWED_HOSTS), or write out '*'")
  }
  const app = new Koa()
  app.context.appConfig = appConfig
  app.context.wx = createClient({ appId, appSecret, baseUrl: wxapiBaseUrl, allowedHosts, store })
  // For the tutorial's files in utils/. With the settings in WX_* variables alone this line is not
  // needed.
  compat.configure(appConfig)

  app.use(files)
  app.use(failures)
  app.use(async (ctx) => {
    const route = ROUTES.get(ctx.path) ?? (demo ? DEMO_ROUTES.get(ctx.path) : undefined)
    if (route === undefined) return
    const methods = route.methods ?? ['GET', 'HEAD']
    if (!methods.includes(ctx.method)) return ctx.throw(405, { headers: { Allow: methods.join(', ') } })
    // A signature is good for one moment: a cached one would be shown to the next visitor.
    ctx.set('Cache-Control', 'no-store')
    await route(ctx)
  })
  return app
}
