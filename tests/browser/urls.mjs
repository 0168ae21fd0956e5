// Writes tests/vectors/browser_urls.json: what Chromium has in location.href after it was sent to
// some five hundred awkward addresses. wxsign must sign every one of them as it is.
//
//     node tests/browser/urls.mjs     (needs Chromium and openssl; takes half a minute)
//
// The browser finds every host at the two servers of this script. Each address is opened in a
// frame, whose page posts its location.href to the page around it. A second list goes through
// history.replaceState, as a single-page application does it.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { addresses, generator } from './addresses.mjs'
import { chromium } from './chromium.mjs'

const FILE = fileURLToPath(new URL('../vectors/browser_urls.json', import.meta.url))
// Chromium ignores more than 200 calls of replaceState in ten seconds.
const REPLACED = 150

const PUNCTUATION = [...' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~']
const OTHERS = ['\t', '\n', '\r', '\x01', '\x7f', '\u00a0', '\u00ad', '\u200b', '\u202e', '\u3000', '\ufeff', 'é', 'ß', 'İ', '中', '。', '𠮷', '🙂', 'e\u0301']
const SCHEMES_AND_HOSTS = [
  'https://shop.example.com',
  'HTTPS://Shop.Example.COM',
  'https://shop.example.com:443',
  'https://shop.example.com:8443',
  'http://shop.example.com:80',
  'http://shop.example.com:0080',
  'http://shop.example.com.',
  'https://a_b.example.com',
  'https://-a.example.com',
  'https://xn--fiqs8s.example.com',
  'https://例子.测试',
  'https://ＦＵＬＬ．example.com',
  'https://faß.de',
  'http://127.0.0.1',
  'http://0x7f.1',
  'http://2130706433',
  'http://[::1]',
  'http://[0:0::1]:8080',
  'http://localhost',
  'https://a.b.c.d.e.f.example.com',
  'http:shop.example.com',
  'http:/shop.example.com',
  'http:\\\\shop.example.com\\a\\b',
  ' https://shop.example.com/ ',
]
const TAILS = [
  '',
  '/',
  '?',
  '/?',
  '/#',
  '/?#',
  '?a=1',
  '#a',
  '//',
  '/a//b',
  '/./a/../b/%2e/%2E%2e/c',
  '/a;b=1,c/d:e@f',
  '/a%2Fb%5Cc',
  '/%',
  '/%zz%4',
  '/%e4%b8%ad%E6%96%87',
  '/%00%0a%7f',
  '/a\\b?c\\d#e\\f',
  '/?a=1&b=2&&c&=d&e==',
  '/?a[]=1&a[0]=2&a{b}=3',
  '/?q={"a":[1,"中"],"b":null}',
  "/?q='quoted' and \"double\"",
  '/?q=<b>bold</b>',
  '/?q=a+b%20c d',
  '/?back=https://other.example/?x=1&y=2#z',
  '/?back=https%3A%2F%2Fother.example%2F%3Fx%3D1%26y%3D2%23z',
  '/?back=https%253A%252F%252Fother.example',
  '/?url=http%3A%2F%2Fa',
  '/?t=YWJjZGVm+/==',
  '/?&amp;a=1',
  '/?a=1;b=2|c^d`e~f',
  '/app?from=singlemessage&isappinstalled=0#/deep/路由?tab=2#more',
  '/s?__biz=MzA4&mid=2650&idx=1&sn=3f&chksm=8b&scene=21#wechat_redirect',
  '/auth?code=0a1b2c&state=STATE',
  '/中文/页面/商品 详情.html?名称=微信&价格=￥9.9',
  '/%E4%BD%A0好/混合%20 空格',
  '/🙂/👨‍👩‍👧?e=🇨🇳',
  '/عربي/עברית?q=‏',
  '/?q=\ttab\nline\rend',
  '/?q=%u4e2d%u6587',
  `/?long=${'a1%20'.repeat(1500)}`,
  `/${'中'.repeat(800)}`,
]

function inputs() {
  const base = 'https://shop.example.com'
  const list = [
    ...SCHEMES_AND_HOSTS.flatMap((start) => [start, `${start.trimEnd()}/中?q=文#x`]),
    ...TAILS.map((tail) => base + tail),
    ...[...PUNCTUATION, ...OTHERS].flatMap((c) => [`${base}/p${c}x`, `${base}/p?q${c}x`, `${base}/p?q#f${c}x`]),
  ]
  return [...new Set([...list, ...addresses([base, 'http://m.example.com:8080'], 520 - list.length, generator(20_261_126))])]
}

const replacements = () => addresses([''], REPLACED, generator(7)).concat('?only=query', '#only=hash', 'relative/中', '../up')

const PAGE = (work) => `<!doctype html><meta charset="utf-8"><title>urls</title><body><script>
if (parent !== self) {
  onmessage = ({ data }) => {
    const seen = data.map((input) => { history.replaceState(null, '', input); return location.href })
    parent.postMessage(seen, '*')
  }
  parent.postMessage(location.href, '*')
} else if (location.pathname === '/start') {
  const { inputs, replacements } = ${work}
  const heard = (frame) => new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), 5000)
    onmessage = ({ data, source }) => {
      if (source !== frame.contentWindow) return
      clearTimeout(timer)
      resolve(data)
    }
  })
  const opened = async (input) => {
    const frame = document.createElement('iframe')
    document.body.append(frame)
    const href = heard(frame)
    frame.src = input
    return [frame, await href]
  }
  const run = async () => {
    const urls = []
    for (const input of inputs) {
      const [frame, href] = await opened(input)
      urls.push({ how: 'opened', input, href })
      frame.remove()
    }
    const [frame] = await opened('https://shop.example.com/app/start')
    const seen = heard(frame)
    frame.contentWindow.postMessage(replacements, '*')
    for (const [at, href] of Object.entries(await seen)) urls.push({ how: 'replaceState', input: replacements[at], href })
    await fetch('/done', { method: 'POST', body: JSON.stringify({ browser: navigator.userAgent, urls }) })
  }
  run()
}
</script>`

/** The ports of an HTTP and an HTTPS server, which both answer every path. */
async function serve(dir, done) {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(dir, name))
  const subject = ['-subj', '/CN=browser', '-days', '2', '-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'ignore' })
  const work = JSON.stringify({ inputs: inputs(), replacements: replacements() }).replace(/</g, '\\u003c')
  const page = PAGE(work)
  const answer = async (request, response) => {
    if (request.method === 'POST' && request.url === '/done') {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      done(JSON.parse(Buffer.concat(chunks).toString()))
    }
    const plain = page.replace(work, '{}')
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(request.url === '/start' ? page : plain)
  }
  const long = { maxHeaderSize: 65_536 }
  const tls = { ...long, key: readFileSync(key), cert: readFileSync(cert) }
  return Promise.all([createHttpServer(long, answer), createTlsServer(tls, answer)].map(listen))
}

const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))

const dir = mkdtempSync(join(tmpdir(), 'wxsign-urls-'))
let browser
try {
  const result = await new Promise((resolve, reject) => {
    serve(dir, resolve).then(([http, https]) => {
      const rules = `MAP *:443 127.0.0.1:${https}, MAP *:8443 127.0.0.1:${https}, MAP * 127.0.0.1:${http}`
      const flags = [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-features=HttpsUpgrades',
        '--ignore-certificate-errors',
        `--user-data-dir=${join(dir, 'profile')}`,
        `--host-resolver-rules=${rules}`,
        '--remote-debugging-port=0',
      ]
      browser = spawn(chromium, [...flags, `http://127.0.0.1:${http}/start`], { stdio: 'ignore' })
      browser.once('error', reject)
      browser.once('exit', (code) => reject(new Error(`the browser ended with ${code}`)))
      setTimeout(() => reject(new Error('the browser took more than five minutes')), 300_000).unref()
    }, reject)
  })
  const kept = result.urls.filter(({ href }) => href !== null && /^https?:/.test(href))
  const lost = result.urls.filter((url) => !kept.includes(url))
  if (lost.length > 40) throw new Error(`too many addresses were not opened: ${JSON.stringify(lost)}`)
  const [name] = /Chrom\w*\/[\d.]+/.exec(result.browser)
  const lines = kept.map((url) => JSON.stringify(url)).join(',\n')
  writeFileSync(FILE, `{\n"browser":${JSON.stringify(name)},\n"urls":[\n${lines}\n]\n}\n`)
  console.log(`${kept.length} URLs of ${name}; not opened: ${lost.map(({ input }) => JSON.stringify(input)).join(' ')}`)
} finally {
  browser?.removeAllListeners('exit')
  browser?.kill()
  await new Promise((resolve) => setTimeout(resolve, 500))
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
}
process.exit(0)
