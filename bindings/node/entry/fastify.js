// `import` looks for the names before it runs this.
exports.wxsign = undefined
try {
  const built = require('../../../dist/fastify.js')
  module.exports = built
} catch (error) {
  throw require('./unbuilt')(error, 'fastify.js')
}
