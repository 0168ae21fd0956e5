// `import` looks for the names before it runs this.
exports.wxsign = undefined
const built = require('./built')('koa.js', () => require('../../../dist/koa.js'))
Object.assign(exports, built)
