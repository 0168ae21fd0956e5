// Finds and loads the addon of this machine.
//
// The places, in this order: beside an installed package; in the build of a checkout; the platform
// package by its literal name, which bundlers and file tracers see; and, if this code was bundled,
// beside the bundle and in the `node_modules` that are above it at run time.

import { modules, path } from './builtin'
import type { Attempt } from './load-failure'

// Loaded only when they are asked for: an installed package needs neither.
const failure = () => require('./load-failure') as typeof import('./load-failure')
const runtime = () => require('./runtime') as typeof import('./runtime')

/** What every addon has. */
interface Addon {
  version(): string
}

// The version of this code: the build writes it here.
declare const VERSION: string
const version = VERSION
// Neither exists in an ES module that a bundler made.
const dir = typeof __dirname === 'undefined' ? undefined : __dirname
const file = typeof __filename === 'undefined' ? undefined : __filename

/** The addon of this version, or an error that names the one thing to do. */
export function load(): unknown {
  const tried: Attempt[] = []
  const names = platforms(process.platform, process.arch)
  const addon = beside(names, tried) ?? named(names, tried) ?? atRunTime(names, tried)
  if (addon !== undefined) return addon
  throw failure().addonNotLoaded({ tried, names, version, file })
}

/** The platforms whose addon may run here, the likelier first. */
function platforms(os: string, arch: string): string[] {
  // Asking for the libc takes milliseconds. Loading the addon of the other libc fails at once.
  const linux = arch === 'arm' ? ['-gnueabihf'] : ['-gnu', '-musl']
  const ends = os === 'linux' ? linux : os === 'win32' ? ['-msvc'] : ['']
  return ends.map((end) => `${os}-${arch}${end}`)
}

/** Takes an addon if it is of this version, else notes why not. */
function attempt(place: string, open: () => unknown, tried: Attempt[]): Addon | undefined {
  try {
    const addon = open() as Addon | undefined
    if (typeof addon?.version !== 'function') return undefined
    const found = addon.version()
    if (found === version) return addon
    tried.push({ place, error: new Error(`${place} is of version ${found}, and wxsign of version ${version}`) })
  } catch (error) {
    tried.push({ place, error })
  }
  return undefined
}

function dlopen(file: string): unknown {
  const addon = { exports: {} }
  process.dlopen(addon, file)
  return addon.exports
}

/** Beside the installed package, or in the checkout that this file belongs to. */
function beside(names: string[], tried: Attempt[]): Addon | undefined {
  if (dir === undefined) return undefined
  const slash = process.platform === 'win32' ? '\\' : '/'
  const own = `${slash}wxsign${slash}dist`
  if (!dir.endsWith(`${slash}node_modules${own}`)) {
    if (runtime().isBundled(file)) return undefined
    // A checkout's own build comes before what the folders above it have in their node_modules.
    const built = path().join(dir, '..', 'build', 'node', 'wxsign.node')
    return attempt(built, () => dlopen(built), tried)
  }
  // `require` would find it too, but after five places where it is not.
  for (const name of names) {
    const there = [dir.slice(0, -own.length), '@wxsign', name, 'wxsign.node'].join(slash)
    const addon = attempt(there, () => dlopen(there), tried)
    if (addon !== undefined) return addon
  }
  return undefined
}

/** In the platform package. */
function named(names: string[], tried: Attempt[]): Addon | undefined {
  for (const name of names) {
    const addon = attempt(`@wxsign/${name}`, () => requirePlatform(name, tried), tried)
    if (addon !== undefined) return addon
  }
  return undefined
}

// Each name is written out, and stands inside the `try`: a bundler then includes the package that
// is installed, and does not stop at those that are not.
function requirePlatform(name: string, tried: Attempt[]): unknown {
  try {
    switch (name) {
      case 'linux-x64-gnu':
        return require('@wxsign/linux-x64-gnu')
      case 'linux-x64-musl':
        return require('@wxsign/linux-x64-musl')
      case 'linux-arm64-gnu':
        return require('@wxsign/linux-arm64-gnu')
      case 'linux-arm64-musl':
        return require('@wxsign/linux-arm64-musl')
      case 'linux-arm-gnueabihf':
        return require('@wxsign/linux-arm-gnueabihf')
      case 'darwin-x64':
        return require('@wxsign/darwin-x64')
      case 'darwin-arm64':
        return require('@wxsign/darwin-arm64')
      case 'win32-x64-msvc':
        return require('@wxsign/win32-x64-msvc')
      case 'win32-arm64-msvc':
        return require('@wxsign/win32-arm64-msvc')
    }
  } catch (error) {
    tried.push({ place: `@wxsign/${name}`, error })
  }
  return undefined
}

/** Where a bundle is at run time: a bundler has resolved the literal names long before. */
function atRunTime(names: string[], tried: Attempt[]): Addon | undefined {
  if (!runtime().isBundled(file)) return undefined
  const { dirname, join } = path()
  const main = process.argv[1]
  const dirs = [dir, main && dirname(main), runtime().isSingleExecutable() && dirname(process.execPath)]
  // Below a process manager the main program is another one; an ES module does not know its own
  // place.
  if (dir === undefined) dirs.push(process.cwd())
  for (const at of new Set(dirs.filter((at): at is string => typeof at === 'string'))) {
    const beside = join(at, 'wxsign.node')
    const found = attempt(beside, () => dlopen(beside), tried)
    if (found !== undefined) return found
    for (const name of names) {
      const require = modules().createRequire(join(at, 'wxsign.js'))
      const addon = attempt(`@wxsign/${name} from ${at}`, () => require(`@wxsign/${name}`), tried)
      if (addon !== undefined) return addon
    }
  }
  return undefined
}
