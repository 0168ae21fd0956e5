// `import` looks for the names before it runs this.
exports.signatures = undefined
try {
  Object.assign(exports, require('../../../dist/wecom.js'))
} catch (error) {
  throw require('./unbuilt')(error, 'wecom.js')
}
