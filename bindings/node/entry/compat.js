// `import` looks for the names before it runs this.
exports.configure = undefined
exports.getAccessToken = undefined
exports.getJsapiTicket = undefined
exports.sign = undefined
try {
  Object.assign(exports, require('../../../dist/compat.js'))
} catch (error) {
  throw require('./unbuilt')(error, 'compat.js')
}
