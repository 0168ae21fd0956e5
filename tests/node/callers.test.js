// What a caller's own functions and objects do wrong stays the caller's fault, and never the end of the program.

const assert = require('node:assert/strict')
const { readFileSync, writeFileSync } = require('node:fs')
const { test } = require('node:test')
const { createClient, sign } = require('wxsign')
const { rejects, throws } = require('./support/failure')
const { deadUrl, dir, sandbox } = require('./support/sandbox')

const PAGE = 'https://example.com/'
const CANARY = 'CANARY0123456789abcdef0123456789ab'

const unreadable = () => {
  const error = new Error()
  Object.defineProperty(error, 'message', {
    get() {
      throw new Error('unreadable')
    },
  })
  return error
}

// Nothing here may be turned into text without care.
const THROWN = [() => Object.create(null), () => ({ errcode: 40001 }), () => Symbol('s'), unreadable, () => undefined]

/** Whatever an accessToken function throws is a coded failure. */
test('all that accessToken throws is a coded failure', async (t) => {
  const wechat = await sandbox(t)
  for (const make of THROWN) {
    for (const accessToken of [
      () => {
        throw make()
      },
      async () => {
        throw make()
      },
    ]) {
      const wx = wechat.clientWithToken(accessToken)
      const error = await rejects(wx.config(PAGE), 'TOKEN_INVALIDATED')
      assert.doesNotMatch(error.message, /\[object/)
    }
  }
})

test('whatever a listener throws is a warning', async (t) => {
  const wechat = await sandbox(t)
  for (const make of THROWN) {
    const onEvent = () => {
      throw make()
    }
    const wx = wechat.client({ onEvent })
    await wx.config(PAGE)
    await wx.close()
  }
})

/** A token from a function is measured as one that is passed. */
test("a function's token is checked like a passed one", async (t) => {
  const wechat = await sandbox(t)
  for (const token of ['', 'a\nb', 'x'.repeat(60_000)]) {
    await rejects(wechat.clientWithToken(() => token).config(PAGE), 'INVALID_ARGUMENT')
  }
  assert.equal((await wechat.counts()).total, 0)
})

test('objects that cannot be read are INVALID_ARGUMENT', async (t) => {
  const wechat = await sandbox(t)
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const angry = Object.defineProperty(['example.com'], 0, {
    get() {
      throw new TypeError('angry')
    },
  })
  const angrySignal = {
    get aborted() {
      throw new TypeError('angry')
    },
  }
  throws(() => createClient(revoked.proxy), 'INVALID_ARGUMENT')
  throws(() => wechat.client({ baseUrl: revoked.proxy }), 'INVALID_ARGUMENT')
  throws(() => wechat.client({ allowedHosts: angry }), 'INVALID_ARGUMENT')
  throws(() => sign({ ticket: revoked.proxy, url: PAGE }), 'INVALID_ARGUMENT')
  await rejects(wechat.client().config(PAGE, { signal: angrySignal }), 'INVALID_ARGUMENT')
})

/** An unknown name is repeated only where it looks like one. */
test('an unknown name is repeated if it looks like one', () => {
  assert.match(throws(() => createClient({ apId: 'x' }), 'INVALID_ARGUMENT').message, /apId/)
  const { message } = throws(() => createClient({ [CANARY]: 1 }), 'INVALID_ARGUMENT')
  assert.doesNotMatch(message, /CANARY/)
})

/** A Redis that is down is no failure: memory serves, and its password is told nowhere. */
test('with its Redis down a client serves from memory', async (t) => {
  const wechat = await sandbox(t)
  const address = (await deadUrl()).replace('http://', '')
  const events = []
  const wx = wechat.client({ store: `redis://:${CANARY}@${address}`, onEvent: (event) => events.push(event) })
  await wx.config(PAGE)
  assert.equal(wx.state().store, 'redis')
  assert.equal(typeof wx.state().storeFailure, 'string')
  assert.doesNotMatch(JSON.stringify([wx.state(), events]), /CANARY/)
})

/** The tutorial's file is taken over where the store is empty, and never changed. */
test("the tutorial's file is adopted, never changed", async (t) => {
  const wechat = await sandbox(t)
  const home = dir(t)
  const file = `${home}/jsapiTicket.json`
  const stored = JSON.stringify({ createTime: Date.now(), errcode: 0, errmsg: 'ok', ticket: 'OLD', expires_in: 7200 })
  writeFileSync(file, stored)
  const wx = wechat.client({ store: { dir: `${home}/store` }, importTicketFile: file })
  assert.equal(await wx.ticket(), 'OLD')
  assert.equal(readFileSync(file, 'utf8'), stored)
  for (const damaged of ['', '{', JSON.stringify({ ticket: 'undefined' })]) {
    writeFileSync(file, damaged)
    const other = wechat.client({ store: { dir: `${home}/other` }, importTicketFile: file })
    assert.notEqual(await other.ticket(), 'OLD')
  }
})
