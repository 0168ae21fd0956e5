// The tarballs in an empty directory, installed without Rust: signing in CommonJS, ESM and
// TypeScript.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, realpathSync } from 'node:fs'
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
const ENTRIES = ['compat', 'jssha', 'testing', 'http', 'web', 'koa', 'express', 'fastify', 'wecom']

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

/** A checkout that was not built, installed as a link or as a copy: every entry names the one thing to do. */
test('an unbuilt checkout says how to build it', (t) => {
  const checkout = installed(t).dir
  for (const name of ['package.json', 'Cargo.toml', 'bindings/node/entry']) {
    cpSync(new URL(`../../${name}`, import.meta.url), join(checkout, name), { recursive: true })
  }
  const { exports: entries } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
  const names = Object.keys(entries).filter((name) => entries[name].require !== undefined)
  for (const [option, todo] of [
    ['--install-links=false', `run make build-node build-js in ${realpathSync(checkout)}.`],
    ['--install-links', 'run make pack in the checkout, and install both files of build/npm with one npm install.'],
  ]) {
    const { write, node } = installed(t, option, checkout)
    const specifiers = names.map((name) => name.replace('.', 'wxsign'))
    write(
      'entries.mjs',
      `import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      for (const name of ${JSON.stringify(specifiers)}) {
        for (const load of [(name) => import(name), async (name) => require(name)]) {
          await load(name).catch(({ code, message }) => console.log(code + ' ' + message.split('\\n')[1]))
        }
      }`,
    )
    const wanted = specifiers.flatMap(() => Array(2).fill(`WXSIGN_NOT_BUILT What to do: ${todo}`))
    assert.deepEqual(node('entries.mjs').split('\n'), wanted)
    write('named.mjs', `import { createClient } from 'wxsign'\nimport { wxsign } from 'wxsign/koa'`)
    assert.throws(
      () => node('named.mjs'),
      ({ stderr }) => stderr.includes(`What to do: ${todo}`),
    )
  }
})

/** Every name of an entry comes by `import` too. */
test('import and require give the same names', (t) => {
  const { write, node } = installed(t, tarballs.root, tarballs.platform)
  write(
    'names.mjs',
    `import { createRequire } from 'node:module'
    const require = createRequire(import.meta.url)
    for (const name of ${JSON.stringify(['wxsign', ...ENTRIES.map((entry) => `wxsign/${entry}`)])}) {
      const imported = await import(name)
      const required = name === 'wxsign/jssha' ? { default: require(name) } : require(name)
      for (const key of new Set([...Object.keys(imported), ...Object.keys(required)])) {
        if (imported[key] !== required[key]) console.log(name, key)
      }
    }
    console.log('compared')`,
  )
  assert.equal(node('names.mjs'), 'compared')
})

/** Wxsign/nest without Nest says which package is missing. */
test('wxsign/nest without Nest names the package', (t) => {
  const { write, node } = installed(t, tarballs.root, tarballs.platform)
  write('nest.cjs', `try { require('wxsign/nest') } catch (error) { console.log(error.message.split('\\n')[0]) }`)
  assert.match(node('nest.cjs'), /@nestjs\/common/)
})

/** The stand-in is inside: a test of the package's user needs no other program. */
test('an installed package has the mock', (t) => {
  const { write, node } = installed(t, tarballs.root, tarballs.platform)
  write(
    'mock.mjs',
    `import { createClient } from 'wxsign'
    import { startMock } from 'wxsign/testing'
    const mock = await startMock()
    const config = await createClient({ ...mock.options, allowedHosts: ['e.cn'] }).config('https://e.cn/')
    console.log(mock.verify(config, 'https://e.cn/').errMsg)
    await mock.close()
    process.exit()`,
  )
  assert.equal(node('mock.mjs'), 'config:ok')
})
