// `import` looks for the names before it runs this.
exports.configure = undefined
exports.getAccessToken = undefined
exports.getJsapiTicket = undefined
exports.sign = undefined
const built = require('./built')('compat.js', () => require('../../../dist/compat.js'))
Object.assign(exports, built)
