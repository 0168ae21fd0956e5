// Packs what is published: a platform package for each addon in build/release, and the root package
// that names them as optional dependencies.
//
// usage: node bindings/node/release/pack.mjs [FOLDER] [--all]
// Leaves the tarballs in build/npm or FOLDER and prints their names. A release passes --all: then a
// missing addon is an error. The checkout's own package.json names no platform package, so that
// `npm ci` in a checkout does not ask the registry for them.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

import zopfli from '@gfx/zopfli'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const ADDONS = join(ROOT, 'build/release')
const LICENSES = ['LICENSE-MIT', 'LICENSE-APACHE']
// The crates inside an addon ask for it.
const NOTICES = 'THIRD-PARTY-NOTICES.md'
const DOCUMENTS = ['README.md', 'README.zh-CN.md', 'CHANGELOG.md']

const manifest = read(join(ROOT, 'package.json'))
export const platforms = read(new URL('platforms.json', import.meta.url))

function read(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

// A bundler takes the loader for JavaScript, where it would stop at the addon itself; a file tracer
// sees the addon in it.
const LOADER = `// Loads the addon beside this file.
process.dlopen(module, require('node:path').join(__dirname, 'wxsign.node'))
`

/** The manifest of a platform's package: an addon, and the platform that it is for. */
export function platformManifest(platform) {
  const { os, cpu, libc } = platforms[platform]
  const { version, license, author, homepage, bugs, repository, engines } = manifest
  return {
    name: `@wxsign/${platform}`,
    version,
    description: `The addon of wxsign for ${platform}`,
    license,
    author,
    homepage,
    bugs,
    repository,
    type: 'commonjs',
    main: 'index.js',
    files: ['index.js', 'wxsign.node', ...LICENSES, NOTICES],
    engines,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
  }
}

/** The manifest of the root package, with these platforms' packages and without what only a checkout needs. */
export function rootManifest(named) {
  const { devDependencies: _, scripts: __, ...published } = manifest
  const optionalDependencies = Object.fromEntries(named.map((platform) => [`@wxsign/${platform}`, manifest.version]))
  const files = ['dist', ...LICENSES, ...DOCUMENTS.slice(1)]
  return { ...published, ...builtEntries(), files, optionalDependencies }
}

/** The entries in dist. Those of the checkout can explain that it was not built, which a package always is. */
function builtEntries() {
  const { main, bin, exports } = manifest
  const built = (entry) => entry.replace('bindings/node/entry', 'dist')
  return {
    main: built(main),
    bin: { wxsign: built(bin.wxsign) },
    exports: Object.fromEntries(Object.entries(exports).map(([name, entry]) => [name, builtEntry(entry, built)])),
  }
}

function builtEntry(entry, built) {
  const { import: ofImport, require: ofRequire } = entry
  if (ofImport === undefined) return entry
  const byImport = built(ofImport.default).replace(/\.js$/, '.mjs')
  return { import: { ...ofImport, default: byImport }, require: { ...ofRequire, default: built(ofRequire.default) } }
}

function stage(dir, content, files) {
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'package.json'), `${JSON.stringify(content, null, 2)}\n`)
  for (const [from, to] of files) cpSync(from, join(dir, to), { recursive: true })
}

function pack(dir, destination) {
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', destination]
  const name = execFileSync('npm', args, { cwd: dir, encoding: 'utf8' }).trim().split('\n').at(-1)
  return join(destination, name)
}

/** The same tarball a twentieth smaller, for the seconds that it takes: it is packed once and fetched by many. */
async function squeeze(path) {
  writeFileSync(path, await zopfli.gzipAsync(gunzipSync(readFileSync(path)), { numiterations: 3 }))
  return path
}

async function main(destination, all) {
  mkdirSync(destination, { recursive: true })
  const isBuilt = (platform) => existsSync(join(ADDONS, `${platform}.node`))
  const built = Object.keys(platforms).filter(isBuilt)
  const missing = Object.keys(platforms).filter((platform) => !isBuilt(platform))
  if (all && missing.length > 0) throw new Error(`no addon in build/release for: ${missing.join(', ')}`)
  if (built.length === 0) throw new Error('no addon in build/release: run make release-node')
  const inRoot = (names) => names.filter((name) => existsSync(join(ROOT, name))).map((name) => [join(ROOT, name), name])
  for (const platform of built) {
    const dir = join(destination, platform)
    const addon = [join(ADDONS, `${platform}.node`), 'wxsign.node']
    stage(dir, platformManifest(platform), [addon, ...inRoot([...LICENSES, NOTICES])])
    writeFileSync(join(dir, 'index.js'), LOADER)
    console.log(await squeeze(pack(dir, destination)))
  }
  const dir = join(destination, 'wxsign')
  stage(dir, rootManifest(built), inRoot(['dist', ...LICENSES, ...DOCUMENTS]))
  console.log(pack(dir, destination))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = join(ROOT, 'build/npm')] = process.argv.slice(2).filter((argument) => argument !== '--all')
  await main(resolve(folder), process.argv.includes('--all'))
}
