// sign() against the shared vectors, which Python's hashlib wrote.

const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { cardSign, sign } = require('wxsign')
const { behaviour } = require('./support/behaviour')
const { sandbox } = require('./support/sandbox')

const { vectors, wrong, utf16, cards } = JSON.parse(readFileSync(join(__dirname, '../vectors/signature.json'), 'utf8'))

const inputs = ({ ticket, nonceStr, timestamp, url }) => ({ ticket, nonceStr, timestamp, url })
const text = (units) => String.fromCharCode(...units)

/** Every shared vector is met, with the timestamp as a number and as digits. */
test('every shared vector is met', () => {
  assert.ok(vectors.length > 1_000)
  for (const row of vectors) {
    const { nonceStr, timestamp, signature } = row
    assert.deepEqual(sign(inputs(row)), { nonceStr, timestamp, signature }, row.name)
    const digits = { ...inputs(row), timestamp: String(timestamp) }
    assert.deepEqual(sign(digits), { nonceStr, timestamp, signature }, row.name)
  }
})

test('no known mistake is made', () => {
  assert.ok(wrong.length > 0)
  for (const row of wrong) assert.notEqual(sign(inputs(row)).signature, row.signature, row.mistake)
})

/** Numbers count as their texts, and what is undefined as left out. */
behaviour('card_vectors', () => {
  assert.ok(cards.length > 10)
  for (const { name, values, signature } of cards) {
    assert.equal(cardSign(values), signature, name)
    const loose = values.map((value) => (/^[1-9]\d*$/.test(value) ? Number(value) : value || undefined))
    assert.equal(cardSign(loose), signature, name)
  }
})

/** Strings are hashed as UTF-8, a lone surrogate as U+FFFD. */
test('a lone surrogate is hashed as U+FFFD', () => {
  assert.ok(utf16.length > 10)
  for (const row of utf16) {
    const signed = sign({
      ticket: text(row.ticket_utf16),
      nonceStr: text(row.nonceStr_utf16),
      url: text(row.url_utf16),
      timestamp: row.timestamp,
    })
    assert.equal(signed.signature, row.signature, row.name)
    assert.equal(signed.nonceStr, text(row.nonceStr_utf16).toWellFormed(), row.name)
  }
})

/** Whatever a browser has in location.href is signed as it is, up to the #. */
test('what browsers have is signed verbatim', async (t) => {
  const { urls } = JSON.parse(readFileSync(join(__dirname, '../vectors/browser_urls.json'), 'utf8'))
  assert.ok(urls.length > 500)
  const wx = (await sandbox(t)).client({ allowedHosts: '*' })
  const ticket = await wx.ticket()
  for (const { href } of urls) {
    const { nonceStr, timestamp, signature } = wx.tryConfig(href)
    assert.equal(signature, sign({ ticket, nonceStr, timestamp, url: href.split('#')[0] }).signature, href)
  }
})
