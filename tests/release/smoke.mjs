// Installs the packed tarballs in an empty folder of this machine, signs, and keeps a ticket.
//
// usage: node tests/release/smoke.mjs DIR
//   (the folder with the tarballs; needs no Rust and no network)

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const packed = resolve(process.argv[2])
const { platform, arch, report } = process
const isMusl = platform === 'linux' && report.getReport().header.glibcVersionRuntime === undefined
const libc = { linux: isMusl ? '-musl' : arch === 'arm' ? '-gnueabihf' : '-gnu', win32: '-msvc' }[platform] ?? ''
const named = (pattern) => {
  const name = readdirSync(packed).find((name) => pattern.test(name))
  assert.ok(name, `no tarball like ${pattern} in ${packed}`)
  return join(packed, name)
}
const tarballs = [named(/^wxsign-\d.*\.tgz$/), named(new RegExp(`^wxsign-${platform}-${arch}${libc}-\\d.*\\.tgz$`))]

const dir = mkdtempSync(join(tmpdir(), 'wxsign-smoke-'))
const requests = []
const wechat = createServer((request, response) => {
  requests.push(request.url.split('?')[0])
  const isTicket = request.url.includes('getticket')
  const value = isTicket ? { errcode: 0, ticket: 'T'.repeat(86) } : { access_token: 'token' }
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ ...value, expires_in: 7200 }))
})
try {
  writeFileSync(join(dir, 'package.json'), '{ "private": true }')
  const install = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs]
  execFileSync('npm', install, { cwd: dir, stdio: 'inherit', shell: platform === 'win32' })
  const { createClient, sign } = createRequire(join(dir, 'index.js'))('wxsign')

  const official = sign({
    ticket: 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg',
    nonceStr: 'Wm3WZYTPz0wzccnW',
    timestamp: 1414587457,
    url: 'http://mp.weixin.qq.com?params=value',
  })
  assert.equal(official.signature, '0f9de62fce790f9a083d5c99e95740ceb90c27ed')

  await new Promise((resolve) => wechat.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${wechat.address().port}`
  const options = { appId: 'wx0000000000000000', appSecret: '0'.repeat(32), baseUrl, allowedHosts: ['example.com'] }
  // The second client finds the ticket in the directory.
  for (let times = 0; times < 2; times++) {
    const client = createClient({ ...options, store: { dir: join(dir, 'store') } })
    assert.equal((await client.config('https://example.com/')).signature.length, 40)
    assert.equal(client.tryConfig('https://example.com/').signature.length, 40)
    client.close()
  }
  assert.deepEqual(requests, ['/cgi-bin/stable_token', '/cgi-bin/ticket/getticket'])
  console.log(`signs and keeps a ticket on ${platform} ${arch}${libc}, Node ${process.version}`)
} finally {
  wechat.close()
  // Windows removes no addon that is loaded.
  if (platform !== 'win32') rmSync(dir, { recursive: true, force: true })
}
