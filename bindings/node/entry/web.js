// `import` looks for the names before it runs this.
exports.wxsign = undefined
try {
  Object.assign(exports, require('../../../dist/web.js'))
} catch (error) {
  throw require('./unbuilt')(error, 'web.js')
}
