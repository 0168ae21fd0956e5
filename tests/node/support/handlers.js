// What every handler promises, over a real socket and behind its framework's usual middleware.
//
// `start(t, options)` starts a server with the framework's handler and gives its address. The
// application behind the handler answers /other with "other", and everything that the handler
// passes on with 404 and "passed on".

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { request } = require('node:http')
const { createConnection } = require('node:net')
const { test } = require('node:test')
const { sign } = require('wxsign')
const { AGENT_ID, APP_ID, CORP_ID, PATIENCE, sandbox } = require('./sandbox')

const REQUESTS = require('../../vectors/requests.json')
const BROWSER_URLS = require('../../vectors/browser_urls.json').urls

const PAGE = 'https://shop.example.com/%E5%95%86%E5%93%81?a=1&b=%2F+c#/route'
const EVIL = 'https://evil.example/'
const HOSTS = ['shop.example.com', '*.example.org']

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

/** A request as its bytes are: fetch would mend it. With a body it is a POST. */
async function raw(address, path, { type, body, headers = {} } = {}) {
  const { port } = new URL(address)
  const ofBody = body === undefined ? {} : { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }
  const method = body === undefined ? 'GET' : 'POST'
  const sent = request({ host: '127.0.0.1', port, path, method, headers: { ...headers, ...ofBody } })
  sent.end(body)
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

  /** An app of 企业微信 has a route for each signature that `@wecom/jssdk` wants, and one for invoices. */
  test(`${name}: each signature of an app has a route`, async (t) => {
    const wechat = await sandbox(t)
    const jsApiList = ['selectExternalContact']
    const app = { ...wechat.workOptions, allowedHosts: HOSTS, onError() {}, jsApiList, invoices: true }
    const address = await start(t, { ...app, suiteTicket: async () => 'SUITE', ...options })
    const query = `url=${encodeURIComponent(PAGE)}`
    const get = async (route) => {
      const answer = await fetch(`${address}/wx/config${route}?${query}`)
      assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'no-store'], route)
      return answer.json()
    }
    const config = await get('')
    assert.deepEqual([config.appId, config.jsApiList], [CORP_ID, jsApiList])
    assert.equal((await wechat.verify(config, PAGE)).errMsg, 'config:ok')
    const { corpid, agentid, jsApiList: listed, ...signed } = await get('/agent-config')
    assert.deepEqual([corpid, agentid, listed], [CORP_ID, AGENT_ID, jsApiList])
    assert.equal((await wechat.verify({ corpid, agentid, ...signed }, PAGE)).errMsg, 'agentConfig:ok')
    const { timestamp, nonceStr, signature, ...rest } = await get('/suite-config')
    assert.equal(signature, sign({ ticket: 'SUITE', url: PAGE, nonceStr, timestamp }).signature)
    assert.deepEqual(rest, {})
    const invoice = await (await fetch(`${address}/wx/config/invoice-config`)).json()
    assert.equal((await wechat.verify({ ...invoice, appId: CORP_ID }, '')).errMsg, 'chooseInvoice:ok')
    const counts = await wechat.counts()
    assert.deepEqual([counts.gettoken, counts.get_jsapi_ticket, counts.ticket_get, counts.total], [1, 1, 2, 4])

    const posted = await fetch(`${address}/wx/config/agent-config`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ url: PAGE }),
    })
    assert.equal((await posted.json()).agentid, AGENT_ID)
    for (const route of ['/agent-config', '/suite-config']) {
      const evil = await fetch(`${address}/wx/config${route}?url=https%3A%2F%2Fevil.com%2F`)
      assert.equal(evil.status, 403)
      refused(await evil.text(), /^HOST_NOT_ALLOWED$/)
    }
    assert.equal((await fetch(`${address}/wx/config/agent-config/more?${query}`)).status, 404)
  })

  /** Without `reports` a report is answered as if there were no such route. */
  test(`${name}: an unwanted report gets 404`, async (t) => {
    const { address } = await begin(t)
    const answer = await post(address, 'application/json', JSON.stringify({ report: { url: PAGE } }))
    assert.equal(answer.status, 404)
  })

  /** As editors and some clients write it. */
  test(`${name}: a JSON body may begin with a mark`, async (t) => {
    const { wechat, address } = await begin(t)
    const answer = await post(address, 'application/json', `\ufeff${JSON.stringify({ url: PAGE })}`)
    assert.equal((await wechat.verify(await answer.json(), PAGE)).ok, true)
  })

  test(`${name}: an official account has one route`, async (t) => {
    const { wechat, address } = await begin(t)
    for (const route of ['/agent-config', '/suite-config', '/invoice-config']) {
      assert.equal((await fetch(`${address}/wx/config${route}?url=${encodeURIComponent(PAGE)}`)).status, 404, route)
    }
    assert.equal((await wechat.counts()).total, 0)
  })

  /** The shared table: what other frameworks and Go sign too, and nothing else than the page's own address. */
  test(`${name}: every shared request is signed`, async (t) => {
    const { wechat, address } = await begin(t)
    for (const { name: row, query = '', type, body, url } of REQUESTS.signed) {
      const { status, text } = await raw(address, `/wx/config?${query}`, { type, body })
      assert.equal(status, 200, `${row}: ${text}`)
      assert.equal((await wechat.verify(JSON.parse(text), url)).ok, true, row)
    }
    assert.equal((await wechat.counts()).total, 2)
  })

  /** The shared table of mistakes and attacks: a status, a fixed sentence, nothing echoed; the reason for the operator. */
  test(`${name}: every shared mistake is refused`, async (t) => {
    const { wechat, address, errors } = await begin(t)
    // A minute and more at each look: else a code would be reported once.
    let now = Date.now()
    t.mock.method(Date, 'now', () => (now += 61_000))
    for (const { name: row, query = '', type, body, status, code, reason, says } of REQUESTS.refused) {
      const path = query === '' ? '/wx/config' : `/wx/config?${query}`
      const answer = await raw(address, path, { type, body, headers: { Referer: 'https://shop.example.com/' } })
      assert.deepEqual(
        [answer.status, refused(answer.text, /./)],
        [status, { code, message: REQUESTS.sentences[code] }],
        row,
      )
      assert.match(answer.headers['content-type'], /^application\/json/)
      assert.deepEqual([answer.headers['cache-control'], answer.headers['set-cookie']], ['no-store', undefined])
      const [error, ...others] = errors.splice(0)
      assert.deepEqual([error?.code, others.length], [code, 0], row)
      assert.ok(error.message.includes(says), `${row}: ${error.message}`)
      if (reason !== undefined) assert.equal(error.reason, reason, row)
    }
    assert.equal((await wechat.counts()).total, 0)
  })

  /** Whatever bytes a server gets, it signs no page of another host, and it goes on answering. */
  test(`${name}: hostile bytes get no signature`, async (t) => {
    const { wechat, address } = await begin(t)
    const requests = hostile()
    let refusals = 0
    for (let at = 0; at < requests.length; at += 10) {
      const some = requests.slice(at, at + 10)
      const answers = await Promise.all(some.map((bytes) => answerTo(address, bytes)))
      for (const [n, text] of answers.entries()) {
        refusals += /^HTTP\/1\.1 4/.test(text)
        assert.ok(
          !/^HTTP\/1\.1 5/m.test(text.replace('HTTP/1.1 505', '')),
          `${some[n].slice(0, 200)}\n${text.slice(0, 300)}`,
        )
        assert.ok(!/signature|Set-Cookie: a/i.test(text), `${some[n].slice(0, 200)}\n${text.slice(0, 300)}`)
      }
    }
    // Some are no requests, and one asks for a body that never comes.
    assert.ok(refusals > 0.8 * requests.length, `${refusals} of ${requests.length} were refused`)
    const answer = await ask(address, PAGE)
    assert.equal((await wechat.verify(await answer.json(), PAGE)).ok, true)
  })

  /** The longest URL has 8,192 bytes, however it was escaped on its way. */
  test(`${name}: 8,192 bytes are signed, 8,193 not`, async (t) => {
    const { wechat, address } = await begin(t)
    const page = 'https://shop.example.com/'.padEnd(8_192, 'a')
    const escaped = page.replace(/a/g, '\\u0061')
    for (const { status, text } of [
      await raw(address, `/wx/config?url=${encodeURIComponent(page)}`),
      await raw(address, '/wx/config', { type: 'application/json', body: `{"url":"${escaped}"}` }),
    ]) {
      assert.equal(status, 200, text)
      assert.equal((await wechat.verify(JSON.parse(text), page)).ok, true)
    }
    for (const { status, text } of [
      await raw(address, `/wx/config?url=${encodeURIComponent(page)}a`),
      await raw(address, '/wx/config', { type: 'application/json', body: `{"url":"${escaped}a"}` }),
    ]) {
      assert.equal(status, 400)
      refused(text, /^INVALID_URL$/)
    }
  })

  /** Whatever a browser has in `location.href` is signed as it is, up to the `#`. */
  test(`${name}: what browsers have is signed verbatim`, async (t) => {
    const { wechat, address } = await begin(t, { allowedHosts: '*' })
    const ticket = await wechat.client().ticket()
    assert.ok(BROWSER_URLS.length > 500)
    for (let at = 0; at < BROWSER_URLS.length; at += 20) {
      const pages = BROWSER_URLS.slice(at, at + 20).map(({ href }) => href)
      const answers = await Promise.all(pages.map((href) => ask(address, href)))
      for (const [n, href] of pages.entries()) {
        const { nonceStr, timestamp, signature } = await answers[n].json()
        assert.equal(signature, sign({ ticket, nonceStr, timestamp, url: href.split('#')[0] }).signature, href)
      }
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
        errors.map((error) => [error.code, error.errcode, error.httpStatus]),
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

/** Requests as no browser sends them: the bytes after the first are those of the head, or all of it. */
function hostile() {
  const good = encodeURIComponent(PAGE)
  const evil = encodeURIComponent(EVIL)
  const head = (line, ...headers) =>
    [line, 'Host: shop.example.com', 'Connection: close', ...headers, '', ''].join('\r\n')
  const get = (target, ...headers) => head(`GET ${target} HTTP/1.1`, ...headers)
  const body = (text, ...headers) =>
    head('POST /wx/config HTTP/1.1', 'Content-Type: application/json', ...headers) + text
  const json = (text) => body(text, `Content-Length: ${Buffer.byteLength(text)}`)
  const smuggled = `0\r\n\r\n${get(`/wx/config?url=${evil}`)}`
  const headers = ['Forwarded: host=shop.example.com', 'X-Forwarded-Host: shop.example.com', `Referer: ${PAGE}`]
  return [
    // Another host than the list's, in each place that could name one.
    get(`http://evil.example/wx/config?url=${evil}`),
    get(`http://shop.example.com/wx/config?url=${evil}`),
    get(`/wx/config?url=${evil}`, ...headers, `X-Original-URL: /wx/config?url=${good}`),
    get(`/wx/config?url=${evil}`, ...headers, `X-Rewrite-URL: /wx/config?url=${good}`),
    get('/wx/config', ...headers, `Origin: https://shop.example.com`, `Cookie: url=${good}`),
    get(`/wx/config?%75rl=${evil}`),
    get(`/wx/config?url%00=${good}&url=${evil}`),
    get(`/wx/config?url=${evil};url=${good}`),
    get(`/wx/config?url[]=${good}`),
    get(`/wx/config?__proto__[url]=${good}`),
    get(`/wx/config?constructor.prototype.url=${good}`),
    get(`/wx/config?${'a=1&'.repeat(3_000)}url=${evil}`),
    get(`/wx/config?url=${encodeURIComponent('https://shop.example.com@evil.example/')}`),
    get(`/wx/config?url=${encodeURIComponent('https://evil.example\\@shop.example.com/')}`),
    get(`/wx/config?url=${encodeURIComponent('https://shop.example.com\u3002evil.example/')}`),
    get(`/wx/config?url=${encodeURIComponent('https://evil.example/\r\nSet-Cookie: a=b')}`),
    get(`/wx/config?url=%ff%fe${evil}`),
    get(`/wx/config?url=${'%'.repeat(5_000)}`),
    // Bodies that are not what they say.
    json(`{"__proto__":{"url":"${PAGE}"}}`),
    json(`{"constructor":{"prototype":{"url":"${PAGE}"}}}`),
    json(`{"url":{"toString":"${PAGE}","length":1}}`),
    json(`{"url":["${PAGE}"]}`),
    json(`{"url":"${PAGE}","url":"${EVIL}"}`),
    json('['.repeat(50_000)),
    json(`{"url":"${'\\u0000'.repeat(2_000)}"}`),
    json('\u0000'),
    body('{"url":', 'Content-Length: 1000000'),
    body(`{"url":"${EVIL}"}`, 'Content-Length: 5'),
    body(`{"url":"${EVIL}"}`, 'Content-Length: 5', 'Content-Length: 50'),
    body(`{"url":"${EVIL}"}`, 'Content-Length: -1'),
    body(`{"url":"${EVIL}"}`, 'Content-Encoding: gzip', 'Content-Length: 30'),
    body(smuggled, 'Transfer-Encoding: chunked', `Content-Length: ${smuggled.length}`),
    body(smuggled, 'Transfer-Encoding: chunked, identity'),
    body('ffffffffffffffffff\r\nx', 'Transfer-Encoding: chunked'),
    body('zz\r\nx', 'Transfer-Encoding: chunked'),
    // Requests that are none.
    get(`/wx/config?url=${evil}`, `X: ${'x'.repeat(20_000)}`),
    get(`/wx/config?url=${evil}`, ...Array.from({ length: 3_000 }, (_, n) => `X-${n}: 1`)),
    get(`/wx/config?url=${evil}`, 'X : 1', 'Host: evil.example'),
    get(`/wx/config?url=${evil}`, 'Expect: 200-maybe'),
    get(`/wx/config?url=${evil}`, 'Upgrade: websocket', 'Connection: Upgrade'),
    head(`TRACE /wx/config?url=${evil} HTTP/1.1`),
    head(`CONNECT evil.example:443 HTTP/1.1`),
    head(`get /wx/config?url=${evil} HTTP/1.1`),
    head(`GET /wx/config?url=${evil} HTTP/9.9`),
    head(`GET /wx/config?url=${evil} HTTP/1.1 HTTP/1.1`),
    `GET /wx/config?url=${evil}\r\n\r\n`,
    `GET /wx/config?url=${evil} HTTP/1.1\r\n\r\n`,
    `${'\0'.repeat(100)}\r\n\r\n`,
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ]
}

/** What a server answers to these bytes until it closes the connection or falls silent; an emulated one takes longer. */
async function answerTo(address, bytes) {
  const socket = createConnection({ host: '127.0.0.1', port: new URL(address).port })
  let text = ''
  socket.setTimeout(300 + 100 * PATIENCE, () => socket.destroy())
  socket.on('data', (data) => (text += data))
  // A server that closes while it is written to.
  socket.on('error', () => {})
  socket.end(Buffer.from(bytes, 'latin1'))
  await once(socket, 'close')
  return text
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

/** What an app of 企业微信 answers: configs, agentConfigs below each mount, and other paths not at all. */
async function routesOfAnApp(wechat, address, { configs, mounts, others }) {
  const kind = async (path) => {
    const answer = await fetch(`${address}${path}?url=${encodeURIComponent(PAGE)}`)
    return answer.ok ? (await wechat.verify(await answer.json(), PAGE)).errMsg : answer.status
  }
  for (const path of configs) assert.equal(await kind(path), 'config:ok', path)
  for (const path of mounts) assert.equal(await kind(`${path}/agent-config`), 'agentConfig:ok', path)
  for (const path of others) assert.equal(await kind(path), 404, path)
}

module.exports = { ask, contract, listening, post, raw, refused, routesOfAnApp, HOSTS, PAGE }
