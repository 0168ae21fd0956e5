// `import` looks for the names before it runs this.
exports.wxsign = undefined
try {
  Object.assign(exports, require('../../../dist/http.js'))
} catch (error) {
  throw require('./unbuilt')(error, 'http.js')
}
