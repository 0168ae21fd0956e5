// `import` looks for the names before it runs this.
exports.WxSignModule = undefined
exports.WxSignService = undefined
const built = require('./built')('nest.js', () => require('../../../dist/nest.js'))
Object.assign(exports, built)
