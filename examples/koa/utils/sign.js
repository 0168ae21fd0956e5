const { sign } = require('wxsign/compat')
module.exports = sign
