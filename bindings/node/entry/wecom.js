// `import` looks for the names before it runs this.
exports.signatures = undefined
try {
  module.exports = require('../../../dist/wecom.js')
} catch (error) {
  throw require('./unbuilt')(error, 'wecom.js')
}
