const { getJsapiTicket } = require('wxsign/compat')
module.exports = getJsapiTicket
