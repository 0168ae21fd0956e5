// `import` looks for the names before it runs this.
exports.wxsign = undefined
try {
  module.exports = require('../../../dist/web.js')
} catch (error) {
  throw require('./unbuilt')(error, 'web.js')
}
