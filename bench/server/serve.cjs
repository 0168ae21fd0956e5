// One of the four servers, by its name: the same Koa program, except for what makes the config. It
// reports its port, and on demand how much processor time it has used.

const { writeFileSync } = require('node:fs')
const { join } = require('node:path')
const Koa = require('koa')
const javascript = require('../node/javascript.cjs')
const tutorialSign = require('../tutorial/sign.cjs')
const tutorialRead = require('../tutorial/ticket.cjs')

const [name, dir, root, baseUrl, appId, appSecret] = process.argv.slice(2)
const { createClient } = require(`${root}dist/index.js`)
const ticket = 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg'

const SERVERS = {
  /** Reads a file for the token and one for the ticket, and signs with jsSHA. */
  tutorial() {
    const files = ['access_token', 'ticket'].map((key) => [join(dir, `${key}.json`), key])
    for (const [file, key] of files) writeFileSync(file, tutorialRead.text(key, ticket))
    return async (url) => {
      const [, kept] = files.map(([file, key]) => tutorialRead(file, key))
      return { debug: false, appId, jsApiList: [], ...tutorialSign(kept, url) }
    }
  },
  /** A ticket in memory that never ends, and the best JavaScript. */
  best: () => javascript.best(appId, ticket),
  wxsign() {
    const wx = createClient({ appId, appSecret, baseUrl, store: 'memory', allowedHosts: ['example.com'] })
    return (url) => wx.config(url)
  },
  /** What is left when nothing is signed. */
  nothing: () => () => ({
    debug: false,
    appId,
    timestamp: 1,
    nonceStr: 'n'.repeat(32),
    signature: 's'.repeat(40),
    jsApiList: [],
  }),
}

const config = SERVERS[name]()
const app = new Koa()
app.use(async (ctx) => {
  if (ctx.path !== '/config') return
  ctx.body = await config(ctx.query.url)
})
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
// Its turn comes again before this.
server.keepAliveTimeout = 120_000
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send({ cpu: user + system })
})
process.on('disconnect', () => process.exit())
