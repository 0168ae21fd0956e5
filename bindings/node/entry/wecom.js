// `import` looks for the names before it runs this.
exports.signatures = undefined
try {
  const built = require('../../../dist/wecom.js')
  module.exports = built
} catch (error) {
  throw require('./unbuilt')(error, 'wecom.js')
}
