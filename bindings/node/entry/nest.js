// `import` looks for the names before it runs this.
exports.WxSignModule = undefined
exports.WxSignService = undefined
try {
  Object.assign(exports, require('../../../dist/nest.js'))
} catch (error) {
  throw require('./unbuilt')(error, 'nest.js')
}
