// The tarballs in an empty directory, installed without Rust: signing in CommonJS, ESM and TypeScript.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { installed, PLATFORM, tarballs } from './tarballs.mjs'

const require = createRequire(import.meta.url)
const SIGNATURE = '0f9de62fce790f9a083d5c99e95740ceb90c27ed'
const INPUT = `{
  ticket: 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg',
  nonceStr: 'Wm3WZYTPz0wzccnW',
  timestamp: 1414587457,
  url: 'http://mp.weixin.qq.com?params=value',
}`
const ENTRIES = ['compat', 'jssha', 'http', 'web', 'koa', 'express', 'fastify']

/** Both tarballs: signed in CommonJS, ESM and TypeScript, with every entry. */
test('the tarballs sign in CommonJS, ESM, TypeScript', (t) => {
  const { dir, write, node } = installed(t, tarballs.root, tarballs.platform)
  const loads = ENTRIES.map((entry) => `'wxsign/${entry}'`)
  write(
    'sign.cjs',
    `for (const entry of [${loads}]) require(entry)\nconsole.log(require('wxsign').sign(${INPUT}).signature)`,
  )
  assert.equal(node('sign.cjs'), SIGNATURE)
  write(
    'sign.mjs',
    `import { sign } from 'wxsign'\n${loads.map((name) => `import ${name}`).join('\n')}\nconsole.log(sign(${INPUT}).signature)`,
  )
  assert.equal(node('sign.mjs'), SIGNATURE)

  const source = `import { createServer } from 'node:http'
    import { type Client, clientFromEnv, sign, WxSignError } from 'wxsign'
    import { wxsign } from 'wxsign/http'
    export const server = (client: Client) => createServer(wxsign({ client }))
    export const none = (): Client | WxSignError => clientFromEnv({ allowedHosts: '*' })
    const signature: string = sign(${INPUT}).signature
    console.log(signature)`
  write('typed.mts', source)
  write('typed.cts', source)
  const types = dirname(dirname(require.resolve('@types/node/package.json')))
  write(
    'tsconfig.json',
    `{ "compilerOptions": { "module": "nodenext", "target": "es2022", "lib": ["es2022"], "strict": true, "outDir": "out",
    "rootDir": ".", "types": ["node"], "typeRoots": ["${types}"] }, "files": ["typed.mts", "typed.cts"] }`,
  )
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
  try {
    execFileSync(process.execPath, [tsc, '-p', dir], { encoding: 'utf8' })
  } catch (error) {
    assert.fail(error.stdout)
  }
  assert.deepEqual([node('out/typed.mjs'), node('out/typed.cjs')], [SIGNATURE, SIGNATURE])
})

/** A client made in an installed package fails as it should if no server listens. */
test('an installed client fails with NETWORK', (t) => {
  const { write, node } = installed(t, tarballs.root, tarballs.platform)
  write(
    'client.cjs',
    `require('wxsign').createClient({ appId: 'wx1', appSecret: 's', baseUrl: 'http://127.0.0.1:9', store: 'memory' })
    .config('https://example.com/').catch((error) => console.log(error.code, error.hintZh.length > 0))`,
  )
  assert.equal(node('client.cjs'), 'NETWORK true')
})

test('without its addon the package says what to do', (t) => {
  const { write, node } = installed(t, '--omit=optional', tarballs.root)
  write('load.cjs', `try { require('wxsign') } catch (error) { console.log(error.code, error.message) }`)
  const message = node('load.cjs')
  for (const part of [
    'WXSIGN_ADDON_NOT_LOADED',
    process.platform,
    process.arch,
    `wxsign-${PLATFORM}-`,
    'one npm install',
  ]) {
    assert.ok(message.includes(part), message)
  }
})

/** Wxsign/nest without Nest says which package is missing. */
test('wxsign/nest without Nest names the package', (t) => {
  const { write, node } = installed(t, tarballs.root, tarballs.platform)
  write('nest.cjs', `try { require('wxsign/nest') } catch (error) { console.log(error.message.split('\\n')[0]) }`)
  assert.match(node('nest.cjs'), /@nestjs\/common/)
})
