// A signature as the tutorial makes it: the fields sorted by name, joined, and hashed by jsSHA.
// Written by us in their manner, but without the appId among the fields, so that its signatures are
// right.

const JsSha = require('jssha')

const createNonceStr = () => Math.random().toString(36).slice(2, 17)
const createTimestamp = () => `${Math.floor(Date.now() / 1000)}`

const join = (fields) =>
  Object.keys(fields)
    .sort()
    .map((name) => `${name.toLowerCase()}=${fields[name]}`)
    .join('&')

const withJsSha = (text) => new JsSha(text, 'TEXT').getHash('SHA-1', 'HEX')

/** @param hash another hash: that of a newer jsSHA */
module.exports = function sign(ticket, url, hash = withJsSha) {
  const fields = { jsapi_ticket: ticket, nonceStr: createNonceStr(), timestamp: createTimestamp(), url }
  return { nonceStr: fields.nonceStr, timestamp: fields.timestamp, signature: hash(join(fields)) }
}
