// `import` looks for the names before it runs this.
exports.WxSignModule = undefined
exports.WxSignService = undefined
try {
  const built = require('../../../dist/nest.js')
  module.exports = built
} catch (error) {
  throw require('./unbuilt')(error, 'nest.js')
}
