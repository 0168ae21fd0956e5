// `import` looks for the names before it runs this.
exports.wxsign = undefined
const built = require('./built')('http.js', () => require('../../../dist/http.js'))
Object.assign(exports, built)
