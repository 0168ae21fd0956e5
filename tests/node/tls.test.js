// A service with a private certificate, as 微信云托管, company proxies and relays have: which files make
// it trusted.

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const { readFileSync, writeFileSync } = require('node:fs')
const { createServer } = require('node:https')
const { request } = require('node:http')
const { once } = require('node:events')
const { join } = require('node:path')
const { test } = require('node:test')
const { dir, runScript, sandbox } = require('./support/sandbox')

const skip = spawnSync('openssl', ['version']).error && 'there is no openssl here to make certificates'

/** A private authority in this folder, and the certificate that it gives to 127.0.0.1. */
function certificates(home) {
  const openssl = (...args) => execFileSync('openssl', args, { cwd: home, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  openssl('req', '-x509', ...key, '-subj', '/CN=wxsign test CA', '-keyout', 'ca.key', '-out', 'ca.pem')
  openssl('req', ...key.slice(0, -2), '-subj', '/CN=127.0.0.1', '-keyout', 'server.key', '-out', 'server.csr')
  writeFileSync(join(home, 'names'), 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n')
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  openssl('x509', '-req', '-in', 'server.csr', ...by, '-out', 'server.pem')
  return { ca: join(home, 'ca.pem'), key: join(home, 'server.key'), certificate: join(home, 'server.pem') }
}

/** The sandbox behind TLS with that certificate; gives its address. */
async function secured(t, wechat, { key, certificate }) {
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (asked, answer) => {
    const { method, url, headers } = asked
    const onward = request(`${wechat.url}${url}`, { method, headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers)
      got.pipe(answer)
    })
    asked.pipe(onward)
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `https://127.0.0.1:${server.address().port}`
}

/** NODE_EXTRA_CA_CERTS and caFile each add the private authority; without them the hint names caFile. */
test('NODE_EXTRA_CA_CERTS and caFile add authorities', { skip }, async (t) => {
  const wechat = await sandbox(t)
  const home = dir(t)
  const files = certificates(home)
  const baseUrl = await secured(t, wechat, files)
  const missing = join(home, 'missing.pem')
  const ask = async (env, more = {}) => {
    const options = JSON.stringify({ ...wechat.options, baseUrl, ...more })
    const script = `require('wxsign').createClient(${options}).ticket().then(
      (ticket) => console.log(JSON.stringify({ ticket })), (error) => console.log(JSON.stringify(error)))`
    const { stdout, stderr } = await runScript(script, { env: { NODE_EXTRA_CA_CERTS: '', SSL_CERT_FILE: '', ...env } })
    assert.notEqual(stdout, '', stderr)
    return JSON.parse(stdout)
  }
  for (const [env, more] of [
    [{ NODE_EXTRA_CA_CERTS: files.ca }, {}],
    [{}, { caFile: files.ca }],
    [{ NODE_EXTRA_CA_CERTS: files.ca }, { caFile: files.certificate }],
    [{ NODE_EXTRA_CA_CERTS: missing }, { caFile: files.ca }],
    [{ SSL_CERT_FILE: files.ca }, {}],
  ]) {
    assert.match((await ask(env, more)).ticket ?? '', /^TICKET/, JSON.stringify([env, more]))
  }
  const untrusted = await ask({})
  assert.deepEqual([untrusted.code, untrusted.reason], ['NETWORK', 'CERTIFICATE_UNTRUSTED'])
  assert.match(untrusted.hint, /caFile/)
  assert.match(untrusted.hintZh, /caFile/)
  // A file that Node itself passes over is named where it matters.
  const named = await ask({ NODE_EXTRA_CA_CERTS: missing })
  assert.equal(named.reason, 'CERTIFICATE_UNTRUSTED')
  assert.ok(named.message.includes(missing), named.message)
})
