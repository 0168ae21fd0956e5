// `import` looks for the names before it runs this.
exports.cardSign = undefined
exports.clientFromEnv = undefined
exports.createClient = undefined
exports.explain = undefined
exports.sign = undefined
exports.WxSignError = undefined
try {
  Object.assign(exports, require('../../../dist/index.js'))
} catch (error) {
  throw require('./unbuilt')(error, 'index.js')
}
