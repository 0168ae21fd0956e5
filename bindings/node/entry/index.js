// `import` looks for the names before it runs this.
exports.cardSign = undefined
exports.clientFromEnv = undefined
exports.createClient = undefined
exports.explain = undefined
exports.sign = undefined
exports.WxSignError = undefined
const built = require('./built')('index.js', () => require('../../../dist/index.js'))
Object.assign(exports, built)
