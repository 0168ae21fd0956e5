try {
  const built = require('../../../dist/jssha.js')
  module.exports = built
} catch (error) {
  throw require('./unbuilt')(error, 'jssha.js')
}
