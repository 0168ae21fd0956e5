// `import` looks for the names before it runs this.
exports.wxsign = undefined
const built = require('./built')('fastify.js', () => require('../../../dist/fastify.js'))
Object.assign(exports, built)
