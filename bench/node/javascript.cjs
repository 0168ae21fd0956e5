// What wxsign is compared with: signing in JavaScript, from the best that can be done to what is
// found in projects. Each is made for an account and a ticket, and gives what `wx.config()` takes
// in the page.

const crypto = require('node:crypto')
const JsSha3 = require('jssha3')
const tutorialSign = require('../tutorial/sign.cjs')

const withoutFragment = (url) => {
  const at = url.indexOf('#')
  return at < 0 ? url : url.slice(0, at)
}

/** 32 characters, cut from strong randomness that is drawn for hundreds of nonces at a time. */
function pooledNonces() {
  let pool = ''
  let at = 0
  return () => {
    if (at === pool.length) {
      pool = crypto.randomBytes(16_384).toString('hex')
      at = 0
    }
    const nonce = pool.slice(at, at + 32)
    at += 32
    return nonce
  }
}

/**
 * As fast as JavaScript gets: one call for the hash, pooled nonces, and the text of the timestamp
 * made once a second. It checks nothing, but it reads the clock: a program that keeps a ticket must
 * know whether it has expired.
 */
function best(appId, ticket) {
  const head = `jsapi_ticket=${ticket}&noncestr=`
  const nonce = pooledNonces()
  let second = 0
  let middle = ''
  return (url) => {
    const now = Math.floor(Date.now() / 1000)
    if (now !== second) {
      second = now
      middle = `&timestamp=${now}&url=`
    }
    const nonceStr = nonce()
    const signature = crypto.hash('sha1', head + nonceStr + middle + withoutFragment(url))
    return { debug: false, appId, timestamp: second, nonceStr, signature, jsApiList: [] }
  }
}

/** Like {@link best}, as a function of ticket and URL: what does not change with the ticket is kept until another one comes. */
function bestSign() {
  const nonce = pooledNonces()
  let last
  let head = ''
  let second = 0
  let middle = ''
  return ({ ticket, url }) => {
    if (ticket !== last) {
      last = ticket
      head = `jsapi_ticket=${ticket}&noncestr=`
    }
    const now = Math.floor(Date.now() / 1000)
    if (now !== second) {
      second = now
      middle = `&timestamp=${now}&url=`
    }
    const nonceStr = nonce()
    const signature = crypto.hash('sha1', head + nonceStr + middle + withoutFragment(url))
    return { nonceStr, timestamp: second, signature }
  }
}

/** Like {@link best}, but a timer sets the clock, which stands still while the event loop is busy. */
function bestWithTimer(appId, ticket) {
  const head = `jsapi_ticket=${ticket}&noncestr=`
  const nonce = pooledNonces()
  let second = 0
  let middle = ''
  const tick = () => {
    second = Math.floor(Date.now() / 1000)
    middle = `&timestamp=${second}&url=`
  }
  tick()
  setInterval(tick, 500).unref()
  return (url) => {
    const nonceStr = nonce()
    const signature = crypto.hash('sha1', head + nonceStr + middle + withoutFragment(url))
    return { debug: false, appId, timestamp: second, nonceStr, signature, jsApiList: [] }
  }
}

/** What most write by hand: createHash and a template. */
function createHash(appId, ticket) {
  return (url) => {
    const nonceStr = Math.random().toString(36).slice(2, 17)
    const timestamp = Math.floor(Date.now() / 1000)
    const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url.split('#')[0]}`
    const signature = crypto.createHash('sha1').update(text).digest('hex')
    return { debug: false, appId, timestamp, nonceStr, signature, jsApiList: [] }
  }
}

const tutorial = (appId, ticket) => (url) => ({ debug: false, appId, jsApiList: [], ...tutorialSign(ticket, url) })

const jsSha3 = (text) => new JsSha3('SHA-1', 'TEXT').update(text).getHash('HEX')
const tutorialOnJsSha3 = (appId, ticket) => (url) => ({
  debug: false,
  appId,
  jsApiList: [],
  ...tutorialSign(ticket, url, jsSha3),
})

module.exports = { best, bestSign, bestWithTimer, createHash, tutorial, tutorialOnJsSha3 }
