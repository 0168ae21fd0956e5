// `import` looks for the names before it runs this.
exports.signatures = undefined
const built = require('./built')('wecom.js', () => require('../../../dist/wecom.js'))
Object.assign(exports, built)
