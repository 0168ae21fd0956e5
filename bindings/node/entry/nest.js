// `import` looks for the names before it runs this.
exports.WxSignModule = undefined
exports.WxSignService = undefined
try {
  module.exports = require('../../../dist/nest.js')
} catch (error) {
  throw require('./unbuilt')(error, 'nest.js')
}
