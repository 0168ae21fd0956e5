// What is published: its size, its content, and that the addon runs on systems older than the one
// that built it.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

import { platformManifest, rootManifest } from '../../bindings/node/release/pack.mjs'
import { ADDON, isGnu, PLATFORM, tarballs } from './tarballs.mjs'

const platforms = createRequire(import.meta.url)('../../bindings/node/release/platforms.json')
const KB = 1_000

const contents = (tarball) =>
  execFileSync('tar', ['tzf', tarball], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((name) => name.slice('package/'.length))
    .sort()

/** The root package has at most 100 KB and nothing but what is used. */
test('the root package has at most 100 KB', () => {
  assert.ok(statSync(tarballs.root).size <= 100 * KB, `${statSync(tarballs.root).size} bytes`)
  for (const name of contents(tarballs.root)) {
    assert.match(
      name,
      /^(dist\/[a-z/-]+(\.d)?\.m?[jt]s|package\.json|README(\.zh-CN)?\.md|CHANGELOG\.md|LICENSE-(MIT|APACHE))$/,
    )
    assert.ok(!/(?<!\.d)\.m?ts$/.test(name), `${name} is a source`)
  }
})

/** The platform package has at most 1.75 MB, with the command and the stand-in for WeChat, and holds the addon alone. */
test('the platform package has at most 1.75 MB', () => {
  assert.ok(statSync(tarballs.platform).size <= 1_750 * KB, `${statSync(tarballs.platform).size} bytes`)
  assert.ok(statSync(ADDON).size <= 3_500 * KB, `${statSync(ADDON).size} bytes unpacked`)
  assert.deepEqual(contents(tarballs.platform), [
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'index.js',
    'package.json',
    'wxsign.node',
  ])
})

/** Panic messages name source files, but no directory of the machine that built them. */
test('no package names a directory of this machine', () => {
  const dirs = [`${homedir()}/`, fileURLToPath(new URL('../../', import.meta.url))].filter((dir) => dir !== '/')
  for (const tarball of Object.values(tarballs)) {
    const content = gunzipSync(readFileSync(tarball))
    for (const dir of dirs) assert.ok(!content.includes(dir), `${tarball} contains ${dir}`)
  }
})

/** Nothing of it runs when it is installed, and nothing is installed with it but the addon. */
test('installing runs nothing and adds only the addon', () => {
  const root = rootManifest(Object.keys(platforms))
  assert.deepEqual([root.dependencies, root.scripts, root.devDependencies], [undefined, undefined, undefined])
  assert.deepEqual(
    Object.keys(root.optionalDependencies),
    Object.keys(platforms).map((name) => `@wxsign/${name}`),
  )
  assert.ok(Object.keys(root.peerDependencies).every((name) => root.peerDependenciesMeta[name].optional))
  for (const [platform, { os, cpu, libc }] of Object.entries(platforms)) {
    const { name, version, scripts, dependencies, ...rest } = platformManifest(platform)
    assert.deepEqual([name, version], [`@wxsign/${platform}`, root.version])
    assert.deepEqual(
      [scripts, dependencies, rest.os, rest.cpu, rest.libc],
      [undefined, undefined, [os], [cpu], libc && [libc]],
    )
  }
})

test('every export of the root package is a file in it', () => {
  const files = new Set(contents(tarballs.root))
  const named = JSON.stringify([rootManifest([]).exports, rootManifest([]).typesVersions]).match(
    /(?<=")\.\/[^"]+\.[^"]+/g,
  )
  assert.ok(named.length > 30)
  for (const path of named)
    if (!files.has(path.slice(2)) && !path.includes('*')) assert.ok(/^\.\/\w+$/.test(path), path)
})

/** The addon needs no symbol of glibc above 2.28 and no library but glibc. */
test('the addon needs glibc 2.28 and nothing else', {
  skip: !isGnu && 'not on glibc',
}, () => {
  const symbols = execFileSync('objdump', ['-T', ADDON], { encoding: 'utf8' })
  const versions = new Set(symbols.match(/(?<=GLIBC_)\d+\.\d+(\.\d+)?/g))
  assert.ok(versions.size > 3)
  for (const version of versions) {
    const [major, minor] = version.split('.').map(Number)
    assert.ok(major === 2 && minor <= 28, `GLIBC_${version}`)
  }
  const needed = execFileSync('objdump', ['-p', ADDON], { encoding: 'utf8' }).match(/(?<=NEEDED +)\S+/g)
  for (const name of needed) assert.match(name, /^(lib(c|pthread|dl|m|rt)\.so\.\d|ld-linux.*)$/)
})

/** The addon exports napi_register_module_v1 and nothing else. */
test('the addon exports one symbol', { skip: process.platform !== 'linux' }, () => {
  const symbols = execFileSync('nm', ['-D', '--defined-only', ADDON], { encoding: 'utf8' }).trim().split('\n')
  assert.deepEqual(
    symbols.map((line) => line.split(' ').at(-1)),
    ['napi_register_module_v1'],
  )
})

test('the loader names every published package', () => {
  const loader = readFileSync(new URL('../../dist/index.js', import.meta.url), 'utf8')
  const named = [...loader.matchAll(/require\('@wxsign\/([\w-]+)'\)/g)].map(([, name]) => name)
  assert.deepEqual(named.sort(), Object.keys(platforms).sort())
  assert.ok(named.includes(PLATFORM))
})
