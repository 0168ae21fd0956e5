// `import` looks for the names before it runs this.
exports.wxsign = undefined
const built = require('./built')('express.js', () => require('../../../dist/express.js'))
Object.assign(exports, built)
