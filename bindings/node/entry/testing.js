// `import` looks for the names before it runs this.
exports.startMock = undefined
try {
  const built = require('../../../dist/testing.js')
  module.exports = built
} catch (error) {
  throw require('./unbuilt')(error, 'testing.js')
}
