// Packages that keep a ticket and sign, with a ticket laid into their memory, as after their first
// request.

/** Its one call for this is a promise. */
function coWechatApi(appId, secret, ticket) {
  const WechatAPI = require('co-wechat-api')
  const api = new WechatAPI(appId, secret)
  const ready = api.saveTicketToken('jsapi', { ticket, expireTime: Date.now() + 7_200_000 })
  const call = (url) => api.getJsConfig({ debug: false, jsApiList: [], url })
  return { ready, call }
}

/** `sign` makes a signature each time; `cached` hands out the one that it made for this URL before, if it did. */
function wechatJssdk(appId, appSecret, ticket) {
  const { JSSDK, Store } = require('wechat-jssdk')
  const options = {
    appId,
    appSecret,
    wechatToken: 'token',
    wechatRedirectUrl: 'https://example.com/',
    clearCountInterval: 2 ** 31 - 1,
    store: new Store(),
  }
  const sdk = new JSSDK(options)
  const ready = sdk.store.updateGlobalToken({ accessToken: 'token', jsapi_ticket: ticket, modifyDate: new Date() })
  return { ready, sign: (url) => JSSDK.generateSignature(url, 'token', ticket), cached: (url) => sdk.getSignature(url) }
}

module.exports = { coWechatApi, wechatJssdk }
