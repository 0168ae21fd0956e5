// `import` looks for the names before it runs this.
exports.startMock = undefined
try {
  Object.assign(exports, require('../../../dist/testing.js'))
} catch (error) {
  throw require('./unbuilt')(error, 'testing.js')
}
