// `import` looks for the names before it runs this.
exports.wxsign = undefined
const built = require('./built')('web.js', () => require('../../../dist/web.js'))
Object.assign(exports, built)
