const built = require('./built')('jssha.js', () => require('../../../dist/jssha.js'))
module.exports = built
