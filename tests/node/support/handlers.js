// What every handler promises, over a real socket and behind its framework's usual middleware.
//
// `start(t, options)` starts a server with the framework's handler and gives its address. The application behind the
// handler answers /other with "other", and everything that the handler passes on with 404 and "passed on".

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { request } = require('node:http')
const { test } = require('node:test')
const { APP_ID, sandbox } = require('./sandbox')

const PAGE = 'https://shop.example.com/%E5%95%86%E5%93%81?a=1&b=%2F+c#/route'
const HOSTS = ['shop.example.com', '*.example.org']

/** Addresses that no caller may have signed, and the status that each gets. */
const HOSTILE = {
  '': 400,
  'shop.example.com/': 400,
  'ftp://shop.example.com/': 400,
  'javascript:alert(1)': 400,
  'https://shop.example.com\t.evil.com/': 400,
  'https://evil.com\\@shop.example.com/': 400,
  'https://shop.example.com\\.evil.com/': 400,
  'https://shop.example.com@evil.com/': 400,
  'https://user:pass@shop.example.com/': 400,
  'https://shop.example.com/\r\nSet-Cookie: a=b': 400,
  'https://shop.example.com/\0': 400,
  [`https://shop.example.com/${'a'.repeat(8_192)}`]: 400,
  // What a browser always escapes was decoded on the way.
  'https://shop.example.com/商品?id=1': 400,
  'https://shop.example.com/?q=a b': 400,
  'https://shop.example.com/?q="': 400,
  'https://shop.example.com/<b>': 400,
  'https://evil.com/': 403,
  'https://evil.com/?https://shop.example.com/': 403,
  'https://evil.com#@shop.example.com/': 403,
  'https://shop.example.com.evil.com/': 403,
  'https://evilshop.example.com/': 403,
  'https://example.org.evil.com/': 403,
  'https://shop.example.com/<script>': 400,
  'http://127.0.0.1/': 403,
}

const ask = (address, url, init) => fetch(`${address}/wx/config?url=${encodeURIComponent(url)}`, init)
const post = (address, type, body) =>
  fetch(`${address}/wx/config`, { method: 'POST', headers: { 'Content-Type': type }, body })

/** The body of a failure: its code and one sentence, as JSON, and nothing of what was asked. */
function refused(text, code) {
  const body = JSON.parse(text)
  assert.deepEqual(Object.keys(body), ['code', 'message'])
  assert.match(body.code, code)
  assert.match(body.message, /^[A-Z][^\n]{10,120}\.$/)
  return body
}

/** A request as its bytes are: fetch would mend it. */
async function raw(address, path, headers = {}) {
  const { port } = new URL(address)
  const sent = request({ host: '127.0.0.1', port, path, headers })
  sent.end()
  const [answer] = await once(sent, 'response')
  let text = ''
  for await (const chunk of answer) text += chunk
  return { status: answer.statusCode, headers: answer.headers, text }
}

function contract(name, start, { options = {} } = {}) {
  const begin = async (t, more = {}, ...args) => {
    const wechat = await sandbox(t, ...args)
    const errors = []
    const onError = (error) => errors.push(error)
    const address = await start(t, { ...wechat.options, allowedHosts: HOSTS, onError, ...options, ...more })
    return { wechat, address, errors }
  }

  /** The page's address comes from `url` in the query or in a JSON body. */
  test(`${name}: the URL comes from query or JSON body`, async (t) => {
    const { wechat, address } = await begin(t, {
      jsApiList: ['scanQRCode'],
      openTagList: ['wx-open-audio'],
      debug: true,
    })
    const json = JSON.stringify({ url: PAGE })
    for (const answer of [
      await ask(address, PAGE),
      await ask(address, PAGE, { headers: { Referer: 'https://evil.com/' } }),
      await fetch(`${address}/wx/config?a=1&url=${encodeURIComponent(PAGE)}&_=7`),
      await fetch(`${address}/wx/config/?url=${encodeURIComponent(PAGE)}`),
      await post(address, 'application/json', json),
      await post(address, 'application/json; charset=utf-8', json),
    ]) {
      assert.equal(answer.status, 200)
      assert.match(answer.headers.get('content-type'), /^application\/json/)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      assert.equal(answer.headers.get('access-control-allow-origin'), null)
      const config = await answer.json()
      const { appId, jsApiList, openTagList, debug } = config
      const given = { appId: APP_ID, jsApiList: ['scanQRCode'], openTagList: ['wx-open-audio'], debug: true }
      assert.deepEqual({ appId, jsApiList, openTagList, debug }, given)
      assert.equal((await wechat.verify(config, PAGE)).ok, true)
    }
    const head = await ask(address, PAGE, { method: 'HEAD' })
    assert.deepEqual([head.status, await head.text()], [200, ''])
    assert.equal((await wechat.counts()).total, 2)
  })

  /** Hostile addresses get a code and nothing of theirs back, and cost no request. */
  test(`${name}: hostile addresses are refused`, async (t) => {
    const { wechat, address, errors } = await begin(t)
    const check = (text, status, got, url) => {
      assert.equal(got, status, JSON.stringify(url))
      refused(text, status === 403 ? /^HOST_NOT_ALLOWED$/ : /^INVALID_(URL|ARGUMENT)$/)
      for (const part of ['evil', 'shop.example', 'script', 'Set-Cookie']) assert.ok(!text.includes(part), text)
    }
    for (const [url, status] of Object.entries(HOSTILE)) {
      const answer = await ask(address, url)
      check(await answer.text(), status, answer.status, url)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      assert.equal(answer.headers.get('set-cookie'), null)
      const posted = await post(address, 'application/json', JSON.stringify({ url }))
      check(await posted.text(), status, posted.status, url)
    }
    for (const body of ['{"url":7}', '{"url":["https://shop.example.com/"]}', '{}', '[]', '{"url":null}']) {
      const answer = await post(address, 'application/json', body)
      check(await answer.text(), 400, answer.status, body)
    }
    assert.equal((await wechat.counts()).total, 0)
    const codes = errors.map(({ code }) => code)
    assert.deepEqual(codes.sort(), ['HOST_NOT_ALLOWED', 'INVALID_ARGUMENT', 'INVALID_URL'], 'once a minute per code')
  })

  /** A request that shows a mistake of the page gets 400 and the reason goes to `onError`. */
  test(`${name}: the page's mistakes are 400`, async (t) => {
    const page = 'https://shop.example.com/a?b=1&from=timeline&isappinstalled=0'
    const own = { Referer: 'https://shop.example.com/', Origin: 'https://shop.example.com' }
    for (const [query, reason] of [
      ['', /missing/],
      ['?', /missing/],
      ['?url[]=https://shop.example.com/', /missing/],
      ['?url[x]=1', /missing/],
      ['?URL=https://shop.example.com/', /missing/],
      ['?url=https://shop.example.com/&url=https://shop.example.com/', /once|twice/],
      [`?url=${page}`, /encoded/],
      [`?url=${encodeURI(page)}&x=1`, /encoded/],
      [`?url=${encodeURIComponent(encodeURIComponent(page))}`, /twice/],
      ['?url', /./],
      ['?url=%ff', /./],
      ['?url=%', /./],
    ]) {
      const { address, errors } = await begin(t)
      const { status, text } = await raw(address, `/wx/config${query}`, own)
      assert.equal(status, 400, query)
      refused(text, /^INVALID_(URL|ARGUMENT)$/)
      assert.equal(errors.length, 1, query)
      assert.match(errors[0].message, reason)
      const form = await post(address, 'application/x-www-form-urlencoded', `url=${encodeURIComponent(page)}`)
      assert.equal(form.status, 400, 'a form is no JSON')
    }
  })

  /** 503 with Retry-After for what passes by itself, 502 for what the operator must correct. */
  test(`${name}: a failure of WeChat is 502 or 503`, async (t) => {
    for (const [errcode, status, code] of [
      [-1, 503, 'UPSTREAM_BUSY'],
      [45009, 503, 'QUOTA_EXCEEDED'],
      [40164, 502, 'IP_NOT_ALLOWED'],
      [48001, 502, 'PERMISSION_DENIED'],
    ]) {
      const { wechat, address, errors } = await begin(t)
      await wechat.fault({ endpoint: 'any', kind: 'errcode', errcode })
      const answer = await ask(address, PAGE)
      const text = await answer.text()
      assert.equal(answer.status, status, text)
      assert.equal(refused(text, /./).code, code)
      assert.ok(!text.includes('rid') && !text.includes(String(errcode)), text)
      const wait = answer.headers.get('retry-after')
      if (status === 503) assert.ok(/^\d+$/.test(wait) && Number(wait) >= 1, wait)
      else assert.equal(wait, null)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      assert.deepEqual(
        errors.map((error) => [error.code, error.errcode, error.status]),
        [[code, errcode, status]],
      )
    }
  })

  test(`${name}: other paths and methods are left alone`, async (t) => {
    const { wechat, address } = await begin(t)
    assert.equal(await (await fetch(`${address}/other`)).text(), 'other')
    for (const path of ['/wx', '/wx/config/more', '/wx/config%2F', '//wx/config', '/wx//config']) {
      assert.equal((await raw(address, `${path}?url=${encodeURIComponent(PAGE)}`)).status, 404, path)
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await ask(address, PAGE, { method, headers: { Origin: 'https://shop.example.com' } })
      assert.ok([404, 405].includes(answer.status), `${method} ${answer.status}`)
      assert.equal(answer.headers.get('access-control-allow-origin'), null)
    }
    assert.equal((await wechat.counts()).total, 0)
  })

  /** Other origins may ask if they are listed, and only they. */
  test(`${name}: only listed origins may ask`, async (t) => {
    const { address } = await begin(t, { corsOrigins: ['https://m.example.com', 'http://localhost:8080'] })
    for (const [origin, allowed] of [
      ['https://m.example.com', true],
      ['http://localhost:8080', true],
      ['https://evil.com', false],
      ['https://m.example.com.evil.com', false],
      ['null', false],
    ]) {
      const answer = await ask(address, PAGE, { headers: { Origin: origin } })
      const preflight = await fetch(`${address}/wx/config`, {
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
      })
      const denied = await ask(address, 'https://evil.com/', { headers: { Origin: origin } })
      assert.deepEqual([answer.status, preflight.status, denied.status], [200, 204, 403])
      assert.equal(await preflight.text(), '')
      for (const one of [answer, preflight, denied]) {
        assert.equal(one.headers.get('access-control-allow-origin'), allowed ? origin : null)
        assert.match(one.headers.get('vary'), /Origin/)
        assert.equal(one.headers.get('access-control-allow-credentials'), null)
      }
      assert.equal(preflight.headers.get('access-control-allow-methods'), allowed ? 'GET, POST' : null)
    }
  })
}

/** Lets a server listen, closes it with the test, and gives its address. */
async function listening(t, server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${server.address().port}`
}

module.exports = { ask, contract, listening, post, raw, refused, HOSTS, PAGE }
