try {
  module.exports = require('../../../dist/jssha.js')
} catch (error) {
  throw require('./unbuilt')(error, 'jssha.js')
}
