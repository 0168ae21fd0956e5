// `import` looks for the names before it runs this.
exports.wxsign = undefined
try {
  Object.assign(exports, require('../../../dist/express.js'))
} catch (error) {
  throw require('./unbuilt')(error, 'express.js')
}
