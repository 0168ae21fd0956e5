// Why the addon could not be loaded, and the one thing to do about it.

import { fs, path } from './builtin'
import { isBundled, isSingleExecutable, libc, runtime } from './runtime'

/** A place where the addon was looked for, and what was wrong there. */
export interface Attempt {
  place: string
  error: unknown
}

/** What is known after the search. */
export interface Search {
  tried: readonly Attempt[]
  /** The platforms whose addon may run here. */
  names: readonly string[]
  version: string
  /** The file of the loader, if it is known. */
  file: string | undefined
}

// False until the first release: no message may name a package that the registry does not have.
const IS_PUBLISHED: boolean = false

/** The error, with the code `WXSIGN_ADDON_NOT_LOADED`. */
export function addonNotLoaded(search: Search): Error {
  // An addon that is there and does not load says more than one that is missing.
  const decisive = search.tried.find(({ error }) => !isMissing(error)) ?? search.tried.at(-1)
  const { platform, arch } = process
  const of = libc()
  const machine = `${platform} ${arch}${of === undefined ? '' : ` ${of}`}`
  // A bundle may have no `require` and no `__dirname`: that says nothing about a place.
  const places = search.tried.filter(({ error }) => !(error instanceof ReferenceError))
  const list = places.map(({ place, error }) => `\n  - ${place}: ${firstLine(error)}`).join('')
  const message =
    `wxsign could not load its addon on ${machine} with ${runtime()}.\n` +
    `What to do: ${advice(search, decisive, of === 'musl')}\nTried:${list}`
  return Object.assign(new Error(message, { cause: decisive?.error }), { code: 'WXSIGN_ADDON_NOT_LOADED' })
}

function advice(search: Search, decisive: Attempt | undefined, isMusl: boolean): string {
  const refused = decisive && !isMissing(decisive.error) ? whyRefused(decisive) : undefined
  return refused ?? whereMissing(search, isMusl)
}

/** For an addon that is there. */
function whyRefused({ place, error }: Attempt): string | undefined {
  const text = String((error as Error | undefined)?.message ?? error)
  const code = (error as { code?: unknown } | undefined)?.code
  if (code === 'ERR_DLOPEN_DISABLED') {
    const isRestricted = (process as { permission?: unknown }).permission !== undefined
    return isRestricted
      ? 'this process runs with --permission: add --allow-addons.'
      : 'this process runs with --no-addons: remove that option (look into NODE_OPTIONS too).'
  }
  if (code === 'ERR_ACCESS_DENIED') return 'add --allow-fs-read for the folder of node_modules.'
  if (/\bffi access\b|--allow-ffi/.test(text)) return 'add --allow-ffi to the options of Deno.'
  if (/\b(sys|read|env) access\b/.test(text)) {
    return 'add --allow-ffi --allow-read --allow-env --allow-sys to the options of Deno.'
  }
  if (/ is of version .* and wxsign of version /.test(text)) {
    return 'remove node_modules and install again: wxsign and its addon must have one version.'
  }
  if (/GLIBC_[\d.]+' not found/.test(text)) {
    return 'use a system with glibc 2.28 or newer (Debian 10, RHEL 8, Ubuntu 20.04).'
  }
  if (/ELF|wrong architecture|mach-o|valid Win32|Exec format|file too short|Error relocating/i.test(text)) {
    return `${place} is not an addon for this machine. Do not copy node_modules between machines: install on this one.`
  }
  return code === 'ERR_DLOPEN_FAILED' ? `see why ${place} does not load: ${firstLine(error)}` : undefined
}

const MUSL =
  'this system has musl (Alpine). Use an image with glibc, such as node:22-slim; or run make pack on a system ' +
  'with musl and install what it makes.'

/** For an addon that is nowhere. */
function whereMissing({ names, version, file }: Search, isMusl: boolean): string {
  const name = names[isMusl ? 1 : 0] ?? names[0]
  if (process.versions.electron !== undefined) {
    return (
      'wxsign belongs into the main process, outside of the asar archive: in package.json, under "build", add ' +
      '"asarUnpack": ["node_modules/wxsign", "node_modules/@wxsign"].'
    )
  }
  if (isSingleExecutable()) {
    return `copy wxsign.node from node_modules/@wxsign/${name} into the folder of ${process.execPath}.`
  }
  if (isBundled(file)) return forBundle(file)
  const root = path().join(path().dirname(file ?? ''), '..')
  const isInstalled = /[\\/]node_modules[\\/]wxsign$/.test(root)
  if (!isInstalled && fs().existsSync(path().join(root, 'Cargo.toml'))) return `run make build-node in ${root}.`
  const packages = packedWith(root)
  if (packages.length === 0) {
    return (
      'this copy of wxsign was made of a checkout, without the addon. Run make pack in the checkout, and install ' +
      'both files of build/npm with one npm install.'
    )
  }
  const isPacked = names.some((name) => packages.includes(`@wxsign/${name}`))
  if (isMusl && !packages.some((name) => name.endsWith('-musl'))) return MUSL
  if (!isPacked)
    return `there is no addon for this platform: run make pack in a checkout on it, and install both files.`
  if (IS_PUBLISHED) {
    return (
      'remove node_modules and package-lock.json, and install again on this platform, with optional dependencies ' +
      '(npm install --include=optional).'
    )
  }
  const files = `wxsign-${version}.tgz and wxsign-${name}-${version}.tgz`
  return `install both files of make pack with one npm install, without --omit=optional: ${files}.`
}

/** The platform packages that this copy of wxsign was packed with. */
function packedWith(root: string): string[] {
  const manifest = JSON.parse(fs().readFileSync(path().join(root, 'package.json'), 'utf8'))
  return Object.keys(manifest.optionalDependencies ?? {})
}

/** For code that a bundler has taken out of node_modules. */
function forBundle(file: string | undefined): string {
  const at = `${file ?? ''} ${process.argv[1] ?? ''} ${process.cwd()}`
  if (process.env.NEXT_RUNTIME !== undefined || /[\\/]\.next[\\/]/.test(at)) {
    return "add serverExternalPackages: ['wxsign'] to your next.config.ts (or .js, .mjs), and build again."
  }
  if (/[\\/]\.output[\\/]/.test(at)) {
    return "add externals: { traceInclude: ['wxsign'] } to nitro in nuxt.config.ts (or to nitro.config.ts), and build again."
  }
  // Some bundlers keep the name that the file had at the time of the build.
  const isThere = file !== undefined && fs().existsSync(file)
  const bundle = (isThere ? file : process.argv[1]) ?? 'the bundle'
  return (
    `${bundle} is a bundle. Name wxsign as external in the bundler's settings (esbuild: --external:wxsign; webpack: ` +
    "externalsType: 'commonjs', externals: [/^wxsign/]; Rollup: external: [/^wxsign/]; Vite: ssr: { external: ['wxsign'] }; Bun: --external wxsign) and keep " +
    `node_modules beside the bundle; or copy wxsign.node into the folder of the bundle. See docs/bundlers.md.`
  )
}

function isMissing(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  if (code === 'MODULE_NOT_FOUND' || code === 'ENOENT') return true
  // dlopen has no error code for a file that is not there; a bundler has no require.
  return /no such file|not find module|could not be found|is not defined|Dynamic require|Cannot find package/i.test(
    String(message),
  )
}

function firstLine(error: unknown): string {
  return String((error as Error | undefined)?.message ?? error).split('\n', 1)[0] ?? ''
}
