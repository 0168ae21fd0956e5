// GET /legacy/config?url= : the same by the tutorial's own call sites, left as they were.

const getAccessToken = require('../utils/getAccessToken')
const getJsapiTicket = require('../utils/getJsapiTicket')
const sign = require('../utils/sign')

module.exports = async function legacyConfig(ctx) {
  const accessToken = await getAccessToken()
  const ticket = await getJsapiTicket(accessToken)
  // As in the tutorial, every URL is signed: only client.config() knows the allowed hosts. Prefer
  // /config.
  ctx.body = sign(ctx.appConfig.appId, ticket, ctx.query.url)
}
