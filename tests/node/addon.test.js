// The addon as a file: what it exports, where it is looked for, and what the error says if there is
// none.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { dir, runScript } = require('./support/sandbox')

const ROOT = join(__dirname, '../..')
const ADDON = join(ROOT, 'build/node/wxsign.node')
const isMusl = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined
const END = { linux: isMusl ? '-musl' : '-gnu', win32: '-msvc' }[process.platform] ?? ''
const PLATFORM = `${process.platform}-${process.arch}${END}`
const { version: VERSION } = require('../../package.json')
const SIGNS = `.sign({ ticket: 't', url: 'u' }).signature.length`

/** The facade at this place, as a package of this version that names these platform packages. */
function facade(home, { version, platforms } = {}) {
  mkdirSync(home, { recursive: true })
  cpSync(join(ROOT, 'dist'), join(home, 'dist'), { recursive: true })
  const { devDependencies: _, scripts: __, ...manifest } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const optionalDependencies = platforms && Object.fromEntries(platforms.map((name) => [`@wxsign/${name}`, '0.1.0']))
  writeFileSync(
    join(home, 'package.json'),
    JSON.stringify({ ...manifest, ...(version && { version }), optionalDependencies }),
  )
  const entry = join(home, 'dist/index.js')
  if (version) writeFileSync(entry, readFileSync(entry, 'utf8').replaceAll(VERSION, version))
  return entry
}

/** The addon as a platform package in this folder; `code` takes the place of its index.js. */
function platform(modules, code) {
  const home = join(modules, '@wxsign', PLATFORM)
  mkdirSync(home, { recursive: true })
  if (code === undefined) symlinkSync(ADDON, join(home, 'wxsign.node'))
  const loader = "process.dlopen(module, require('node:path').join(__dirname, 'wxsign.node'))"
  writeFileSync(join(home, 'index.js'), code ?? loader)
}

/** What a program prints that signs with this entry, or its error. */
async function signing(entry, more) {
  const script = `try { console.log(require(${JSON.stringify(entry)})${SIGNS}) } catch (e) {
    console.log(JSON.stringify([e.code, e.message, String(e.cause)])) }`
  const { stdout, stderr } = await runScript(script, more)
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout)
}

/** The one thing to do, out of a failure. */
function whatToDo([code, message]) {
  assert.equal(code, 'WXSIGN_ADDON_NOT_LOADED')
  assert.ok(message.includes(`${process.platform} ${process.arch}`), message)
  if (process.platform === 'linux') assert.match(message, / (glibc|musl) with /)
  assert.doesNotMatch(message.split('Tried:')[0], /npm install @wxsign/, 'no package that the registry does not have')
  assert.match(message, /^怎么办：.*[\u4e00-\u9fff]/m)
  return /^What to do: (.*)$/m.exec(message)[1]
}

/** The addon exports napi_register_module_v1 and nothing else. */
test('the addon exports one symbol', { skip: process.platform !== 'linux' }, () => {
  const symbols = execFileSync('nm', ['-D', '--defined-only', ADDON], {
    encoding: 'utf8',
  })
  const names = symbols
    .trim()
    .split('\n')
    .map((line) => line.split(' ').at(-1))
  assert.deepEqual(names, ['napi_register_module_v1'])
})

test('addon, package and crate have one version', () => {
  const { version } = require(join(ROOT, 'package.json'))
  assert.equal(require(ADDON).version(), version)
})

test('a checkout without its addon: build it', async (t) => {
  const home = dir(t)
  const entry = facade(home)
  writeFileSync(join(home, 'Cargo.toml'), '')
  assert.match(whatToDo(await signing(entry)), /^run make build-node in /)

  // If a file is there but is no addon of this machine, that is the cause in the error.
  mkdirSync(join(home, 'build/node'), { recursive: true })
  writeFileSync(join(home, 'build/node/wxsign.node'), 'no addon')
  const failure = await signing(entry)
  assert.match(whatToDo(failure), /not an addon for this machine.*install on this one/)
  assert.match(failure[2], /wxsign\.node/)
})

test('a copy of a checkout: pack it', async (t) => {
  const entry = facade(join(dir(t), 'node_modules/wxsign'))
  assert.match(whatToDo(await signing(entry)), /make pack.*both files/)
})

test('a package without its addon: install both', async (t) => {
  const entry = facade(join(dir(t), 'node_modules/wxsign'), { platforms: [PLATFORM] })
  assert.match(whatToDo(await signing(entry)), new RegExp(`wxsign-[\\d.]+tgz and wxsign-${PLATFORM}-[\\d.]+tgz`))
})

test('a platform without an addon: build it there', async (t) => {
  const entry = facade(join(dir(t), 'node_modules/wxsign'), { platforms: ['aix-ppc64', 'linux-ppc64-musl'] })
  assert.match(whatToDo(await signing(entry)), /no addon for this platform: run make pack/)
})

test('--no-addons and --permission are named', async () => {
  const entry = join(ROOT, 'dist/index.js')
  assert.match(whatToDo(await signing(entry, { args: ['--no-addons'] })), /remove that option/)
  const [option] = ['--permission', '--experimental-permission'].filter((name) =>
    process.allowedNodeEnvironmentFlags.has(name),
  )
  const restricted = [option, '--allow-fs-read=*']
  assert.match(whatToDo(await signing(entry, { args: restricted })), /add --allow-addons/)
  const allowed = await signing(entry, { args: [...restricted, '--allow-addons'] })
  assert.equal(allowed, 40)
})

/** Alpine has musl; while there is no package for it, the image is what has to change. */
test('on musl the message names another image', { skip: process.platform !== 'linux' }, async (t) => {
  const entry = facade(join(dir(t), 'node_modules/wxsign'), { platforms: ['linux-x64-gnu', 'linux-arm64-gnu'] })
  const musl = join(dir(t), 'musl.js')
  writeFileSync(musl, 'process.report.getReport = () => ({ header: {} })')
  const failure = await signing(entry, { args: ['--require', musl] })
  assert.match(whatToDo(failure), /musl \(Alpine\)\. Use an image with glibc, such as node:22-slim/)
})

/** A program in one file finds no platform package by itself: the message names the one of its libc. */
test('in one file the message names the package', { skip: process.platform !== 'linux' }, async (t) => {
  const entry = facade(join(dir(t), 'node_modules/wxsign'), { platforms: [PLATFORM] })
  const inOneFile = "process.getBuiltinModule = (name) => name === 'node:sea' ? { isSea: () => true } : undefined\n"
  for (const [libc, report] of [
    ['gnu', '{ header: { glibcVersionRuntime: "2.36" } }'],
    ['musl', '{ header: {} }'],
  ]) {
    const preload = join(dir(t), 'preload.js')
    writeFileSync(preload, `${inOneFile}process.report.getReport = () => (${report})`)
    const todo = whatToDo(await signing(entry, { args: ['--require', preload] }))
    assert.equal(
      todo,
      `copy wxsign.node from node_modules/@wxsign/linux-${process.arch}-${libc} into the folder of ${process.execPath}.`,
    )
  }
})

/** Whatever the machine: its system, processor and libc, and the package that is for it. */
test('the message names each platform', async (t) => {
  const platforms = require('../../bindings/node/release/platforms.json')
  const entry = facade(join(dir(t), 'node_modules/wxsign'), { platforms: Object.keys(platforms) })
  const preload = join(dir(t), 'preload.js')
  for (const [name, { os, cpu, libc }] of Object.entries(platforms)) {
    const header = libc === 'glibc' ? { glibcVersionRuntime: '2.36' } : {}
    writeFileSync(
      preload,
      `Object.defineProperties(process, { platform: { value: '${os}' }, arch: { value: '${cpu}' } })
      process.report.getReport = () => (${JSON.stringify({ header })})`,
    )
    const [, message] = await signing(entry, { args: ['--require', preload] })
    assert.match(
      message,
      new RegExp(`^wxsign could not load its addon on ${[os, cpu, libc].filter(Boolean).join(' ')} with `),
    )
    assert.match(message, new RegExp(`wxsign-[\\d.]+tgz and wxsign-${name}-[\\d.]+tgz`), name)
  }
})

test('in Electron the message names asarUnpack', async (t) => {
  const entry = facade(join(dir(t), 'node_modules/wxsign'), { platforms: [PLATFORM] })
  const electron = join(dir(t), 'electron.js')
  writeFileSync(
    electron,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: '40.0.0' } })",
  )
  const failure = await signing(entry, { args: ['--require', electron] })
  assert.match(whatToDo(failure), /"asarUnpack": \["node_modules\/wxsign", "node_modules\/@wxsign"\]/)
  assert.match(failure[1], /with Electron 40\.0\.0/)
})

/** The addon beside the package is loaded without looking for it. */
test('the addon beside the package is found at once', async (t) => {
  const modules = join(dir(t), 'node_modules')
  const entry = facade(join(modules, 'wxsign'))
  platform(modules, "throw new Error('looked for')")
  symlinkSync(ADDON, join(modules, '@wxsign', PLATFORM, 'wxsign.node'))
  assert.equal(await signing(entry), 40)
})

/** A checkout takes its own build, whatever the folders above it have in their node_modules. */
test('a checkout prefers its own build', async (t) => {
  const parent = dir(t)
  const home = join(parent, 'wxsign')
  const entry = facade(home)
  platform(join(parent, 'node_modules'), "throw new Error('a stranger')")
  mkdirSync(join(home, 'build/node'), { recursive: true })
  symlinkSync(ADDON, join(home, 'build/node/wxsign.node'))
  assert.equal(await signing(entry), 40)
})

test('what stands beside a checkout is not its addon', async (t) => {
  const parent = dir(t)
  const entry = facade(join(parent, 'wxsign'))
  platform(parent)
  assert.equal((await signing(entry))[0], 'WXSIGN_ADDON_NOT_LOADED')
})

/** An addon of another version is refused and named; the addon of the package, behind it, is found. */
test('an addon of another version is refused', async (t) => {
  const modules = join(dir(t), 'node_modules')
  const entry = facade(join(modules, 'wxsign'), { version: '9.9.9' })
  platform(modules)
  const failure = await signing(entry)
  assert.match(failure[1], /wxsign\.node is of version 0\.\S+, and wxsign of version 9\.9\.9/)
  assert.match(whatToDo(failure), /must have one version/)

  platform(
    join(modules, 'wxsign/node_modules'),
    `module.exports = { ...require(${JSON.stringify(ADDON)}), version: () => '9.9.9' }`,
  )
  assert.equal(await signing(entry), 40)
})
