// The page and its files, by name: nothing else on the disk can be reached.

const { createReadStream, readFileSync } = require('node:fs')
const { extname, join } = require('node:path')

const dir = join(__dirname, '..', 'public')
const FILES = new Map(['page.js', 'lab.js', 'style.css'].map((name) => [`/${name}`, join(dir, name)]))
const PAGE = join(dir, 'index.html')

// WeChat's client SDK comes from this server so that the example works without a network. In
// production a page has <script src="https://res.wx.qq.com/open/js/jweixin-1.6.0.js"></script>
// instead. The package has the SDK as a CommonJS module; a page wants a global.
const sdk = `window.wx = (function (module) {\n${readFileSync(require.resolve('weixin-js-sdk'), 'utf8')}
return module.exports
})({})\n`

module.exports = async function files(ctx, next) {
  if (ctx.path === '/jweixin.js') {
    ctx.type = 'js'
    ctx.body = sdk
    return
  }
  // The page answers below /page/ too: a signature is worth trying on addresses of every shape.
  const file = ctx.path === '/' || ctx.path.startsWith('/page/') ? PAGE : FILES.get(ctx.path)
  if (file === undefined) return next()
  ctx.type = extname(file)
  ctx.set('Cache-Control', 'no-cache')
  ctx.body = createReadStream(file)
}
