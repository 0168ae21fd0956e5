// `import` looks for the names before it runs this.
exports.clientFromEnv = undefined
exports.createClient = undefined
exports.explain = undefined
exports.sign = undefined
exports.WxSignError = undefined
try {
  module.exports = require('../../../dist/index.js')
} catch (error) {
  throw require('./unbuilt')(error, 'index.js')
}
