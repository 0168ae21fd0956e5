// sign() against the usual hand-written code on node:crypto, on 200,000 random inputs.

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const { test } = require('node:test')
const { sign } = require('wxsign')
const { PATIENCE } = require('./support/sandbox')

// Fewer under an emulator.
const CASES = 200_000 / PATIENCE

// A generator with a seed (xorshift32): a failure can be had again.
let state = 0x9e3779b9
function random(below) {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

// Weighted towards what changes the width of UTF-8, and towards what a URL parser would touch.
const UNITS = [
  () => 0x61 + random(26),
  () => '/?&=#%+ .:@\\;'.charCodeAt(random(13)),
  () => random(0x80),
  () => 0x80 + random(0x780),
  () => 0x4e00 + random(0x5000),
  () => 0xd800 + random(0x400),
  () => 0xdc00 + random(0x400),
  () => random(0x10000),
]

function string(longest) {
  const units = new Array(random(longest + 1))
  const kinds = 1 + random(UNITS.length)
  for (let i = 0; i < units.length; i++) units[i] = UNITS[random(kinds)]()
  return String.fromCharCode(...units)
}

function byHand({ ticket, nonceStr, timestamp, url }) {
  const page = url.split('#', 1)[0]
  const joined = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${page}`
  return createHash('sha1').update(joined, 'utf8').digest('hex')
}

/** Sign() equals node:crypto on ${CASES} random inputs. */
test('sign() equals node:crypto on random inputs', () => {
  for (let i = 0; i < CASES; i++) {
    // Now and then long enough for many blocks.
    const long = i % 1_000 === 0 ? 5_000 : 60
    const input = {
      ticket: string(140),
      nonceStr: string(40),
      timestamp: random(2) ? random(2 ** 32) : random(2 ** 21) * 2 ** 32 + random(2 ** 32),
      url: `https://${string(long)}`,
    }
    const { signature } = sign(input)
    if (signature !== byHand(input)) assert.fail(`case ${i}: ${JSON.stringify(input)}`)
  }
})

test('what sign() makes by itself is what it signed', () => {
  const seen = new Set()
  for (let i = 0; i < 2_000; i++) {
    const given = { ticket: 'T', url: 'https://example.com/' }
    // The clock of a signature may be some milliseconds behind.
    const before = Math.floor((Date.now() - 20) / 1_000)
    const { nonceStr, timestamp, signature } = sign(given)
    assert.match(nonceStr, /^[A-Za-z0-9]{32}$/)
    assert.ok(timestamp >= before && timestamp <= Date.now() / 1_000)
    assert.equal(signature, byHand({ ...given, nonceStr, timestamp }))
    seen.add(nonceStr)
  }
  assert.equal(seen.size, 2_000, 'no nonce comes twice')
})
