// `import` looks for the names before it runs this.
exports.startMock = undefined
const built = require('./built')('testing.js', () => require('../../../dist/testing.js'))
Object.assign(exports, built)
