// The routes over a real socket: what they sign verifies, and what they must not sign is refused
// with the right status.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { ACCOUNT, verdict } from '../demo/sandbox.mjs'
import { MARKER } from '../demo/signed.mjs'
import { startProject } from './project.mjs'

const PAGES = [
  'https://shop.example.com/',
  'http://mp.weixin.qq.com?params=value',
  'https://shop.example.com:8443/a/b?x=1&y=2&&z',
  'https://shop.example.com/%E4%B8%AD%E6%96%87?q=%E5%BE%AE%E4%BF%A1%20%E7%AD%BE%E5%90%8D+%F0%A0%AE%B7',
  'https://shop.example.com/a%2Fb?x=a%23b&u=http://other.example/?v=1',
  'https://shop.example.com/app?from=singlemessage&isappinstalled=0#/deep/路由?tab=2#more',
]

let project
before(async () => {
  project = await startProject({ allowedHosts: ['shop.example.com', 'mp.weixin.qq.com'] })
})
after(() => project.stop())

for (const route of ['/config', '/legacy/config']) {
  /** ${route} signs every page so that it verifies without its fragment, and only so. */
  test(`${route} signs every page without its fragment`, async () => {
    for (const page of PAGES) {
      const answer = await project.ask(route, page)
      assert.equal(answer.status, 200, page)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      const config = await answer.json()
      assert.equal(config.appId, ACCOUNT.appId)
      const said = await verdict(project.sandbox, page.split('#')[0], config)
      assert.equal(said.errMsg, 'config:ok', page)
      const other = await verdict(project.sandbox, `${page.split('#')[0]}x`, config)
      assert.equal(other.ok, false, page)
    }
  })
}

test('/verify finds right and wrong signatures', async () => {
  const page = 'https://shop.example.com/?q=%E4%B8%AD%E6%96%87+1'
  const config = await (await project.ask('/config', page)).json()
  const ask = async (parts) => (await fetch(`${project.address}/verify?${new URLSearchParams(parts)}`)).json()
  assert.equal((await ask({ ...config, url: page })).ok, true)
  const wrong = config.signature.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
  assert.equal((await ask({ ...config, url: page, signature: wrong })).ok, false)
})

/** A hostile URL gets a status and a code, and never its own words back. */
test('a hostile URL never gets its own words back', async () => {
  const cases = [
    ['ftp://shop.example.com/', 400, 'INVALID_URL'],
    ['javascript:alert(1)', 400, 'INVALID_URL'],
    ['https://evil.example\\@shop.example.com/', 400, 'INVALID_URL'],
    ['https://user:pw@shop.example.com/', 400, 'INVALID_URL'],
    ['https://shop.example.com\t.evil.example/', 400, 'INVALID_URL'],
    [`https://shop.example.com/${'x'.repeat(9000)}`, 400, 'INVALID_URL'],
    ['', 400, 'INVALID_URL'],
    ['https://evil.example/', 403, 'HOST_NOT_ALLOWED'],
    ['https://shop.example.com.evil.example/', 403, 'HOST_NOT_ALLOWED'],
  ]
  for (const [url, status, code] of cases) {
    const answer = await project.ask('/config', url)
    assert.equal(answer.status, status, url)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const body = await answer.json()
    assert.deepEqual([Object.keys(body), body.code], [['code', 'message'], code], url)
    assert.doesNotMatch(body.message, /example/)
  }
})

test('no URL and two URLs are 400 on both routes', async () => {
  for (const route of ['/config', '/legacy/config']) {
    for (const query of ['', '?url=https://shop.example.com/&url=https://shop.example.com/']) {
      const answer = await fetch(`${project.address}${route}${query}`)
      assert.equal(answer.status, 400)
      assert.equal((await answer.json()).code, 'INVALID_ARGUMENT')
    }
  }
})

/** The page comes with all its files, and nothing else does. */
test('the page comes with all its files', async () => {
  for (const path of ['/', '/?a=1', '/page/any/where']) {
    const answer = await fetch(project.address + path)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('content-type'), /^text\/html/)
    const page = await answer.text()
    assert.ok(page.includes(MARKER))
    for (const [, file] of page.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      assert.equal((await fetch(project.address + file)).status, 200, file)
    }
  }
  for (const path of ['/package.json', '/..%2fpackage.json', '/config/index.js', '/nowhere']) {
    assert.equal((await fetch(project.address + path)).status, 404, path)
  }
  assert.equal((await fetch(`${project.address}/config`, { method: 'POST' })).status, 405)
})
