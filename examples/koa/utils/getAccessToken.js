const { getAccessToken } = require('wxsign/compat')
module.exports = getAccessToken
