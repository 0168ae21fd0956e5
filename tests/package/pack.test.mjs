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

const manifestIn = (tarball) =>
  JSON.parse(execFileSync('tar', ['xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }))

/** All texts in a tree of objects and arrays. */
const leaves = (value) => (typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves))

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
  assert.ok(statSync(ADDON).size <= 3_580 * KB, `${statSync(ADDON).size} bytes unpacked`)
  assert.deepEqual(contents(tarballs.platform), [
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'THIRD-PARTY-NOTICES.md',
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
  for (const tarball of Object.values(tarballs)) {
    const { dependencies, scripts, devDependencies } = manifestIn(tarball)
    assert.deepEqual([dependencies, scripts, devDependencies], [undefined, undefined, undefined], tarball)
  }
  const { version, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifestIn(tarballs.root)
  assert.equal(optionalDependencies[`@wxsign/${PLATFORM}`], version)
  for (const [name, wanted] of Object.entries(optionalDependencies)) {
    assert.ok(Object.hasOwn(platforms, name.replace('@wxsign/', '')), name)
    assert.equal(wanted, version)
  }
  for (const name of Object.keys(peerDependencies)) assert.equal(peerDependenciesMeta[name].optional, true, name)
})

/** A release names every platform, and npm installs each one's package on that platform alone. */
test('a platform package is for its platform alone', () => {
  const { name, version, os, cpu, libc } = manifestIn(tarballs.platform)
  assert.deepEqual([name, version], [`@wxsign/${PLATFORM}`, manifestIn(tarballs.root).version])
  assert.deepEqual([os, cpu], [[process.platform], [process.arch]])
  if (process.platform === 'linux') assert.deepEqual(libc, [isGnu ? 'glibc' : 'musl'])
  const all = Object.keys(platforms)
  assert.deepEqual(
    Object.keys(rootManifest(all).optionalDependencies),
    all.map((each) => `@wxsign/${each}`),
  )
  for (const each of all) {
    const manifest = platformManifest(each)
    const [system, arch, end] = each.split('-')
    assert.deepEqual([manifest.os, manifest.cpu], [[system], [arch]], each)
    assert.deepEqual(manifest.libc, { gnu: ['glibc'], gnueabihf: ['glibc'], musl: ['musl'] }[end], each)
  }
})

test('every export of the root package is a file in it', () => {
  const files = new Set(contents(tarballs.root))
  const { main, types, bin, exports, typesVersions } = manifestIn(tarballs.root)
  const paths = leaves([main, types, bin, exports, typesVersions])
  assert.ok(paths.length > 50, `${paths.length} paths`)
  for (const path of paths) assert.ok(files.has(path.replace(/^\.\//, '')), path)
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

test('the loader names every published package', () => {
  const loader = readFileSync(new URL('../../dist/index.js', import.meta.url), 'utf8')
  const named = [...loader.matchAll(/require\('@wxsign\/([\w-]+)'\)/g)].map(([, name]) => name)
  assert.deepEqual(named.sort(), Object.keys(platforms).sort())
  assert.ok(named.includes(PLATFORM))
})
