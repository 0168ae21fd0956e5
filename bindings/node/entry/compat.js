// `import` looks for the names before it runs this.
exports.configure = undefined
exports.getAccessToken = undefined
exports.getJsapiTicket = undefined
exports.sign = undefined
try {
  const built = require('../../../dist/compat.js')
  module.exports = built
} catch (error) {
  throw require('./unbuilt')(error, 'compat.js')
}
