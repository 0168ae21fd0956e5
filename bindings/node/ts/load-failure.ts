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

/** What to do, in English and Chinese. */
type Advice = readonly [english: string, chinese: string]

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
  const [english, chinese] = advice(search, decisive, of === 'musl')
  const message =
    `wxsign could not load its addon on ${machine} with ${runtime()}.\n` +
    `What to do: ${english}\n怎么办：${chinese}\nTried:${list}`
  return Object.assign(new Error(message, { cause: decisive?.error }), { code: 'WXSIGN_ADDON_NOT_LOADED' })
}

function advice(search: Search, decisive: Attempt | undefined, isMusl: boolean): Advice {
  const refused = decisive && !isMissing(decisive.error) ? whyRefused(decisive) : undefined
  return refused ?? whereMissing(search, isMusl)
}

/** For an addon that is there. */
function whyRefused({ place, error }: Attempt): Advice | undefined {
  const text = String((error as Error | undefined)?.message ?? error)
  const code = (error as { code?: unknown } | undefined)?.code
  if (code === 'ERR_DLOPEN_DISABLED') {
    const isRestricted = (process as { permission?: unknown }).permission !== undefined
    return isRestricted
      ? ['this process runs with --permission: add --allow-addons.', '进程带有 --permission：请加上 --allow-addons。']
      : [
          'this process runs with --no-addons: remove that option (look into NODE_OPTIONS too).',
          '进程带有 --no-addons：请去掉它（也可能写在 NODE_OPTIONS 里）。',
        ]
  }
  if (code === 'ERR_ACCESS_DENIED') {
    return [
      'add --allow-fs-read for the directory of node_modules.',
      '请用 --allow-fs-read 允许读取 node_modules 所在的目录。',
    ]
  }
  if (/\bffi access\b|--allow-ffi/.test(text)) {
    return ['add --allow-ffi to the options of Deno.', '请给 Deno 加上 --allow-ffi。']
  }
  if (/\b(sys|read|env) access\b/.test(text)) {
    return [
      'add --allow-ffi --allow-read --allow-env --allow-sys to the options of Deno.',
      '请给 Deno 加上 --allow-ffi --allow-read --allow-env --allow-sys。',
    ]
  }
  if (/ is of version .* and wxsign of version /.test(text)) {
    return [
      'remove node_modules and install again: wxsign and its addon must have one version.',
      '请删除 node_modules 后重新安装：wxsign 和原生插件的版本必须一致。',
    ]
  }
  if (/GLIBC_[\d.]+' not found/.test(text)) {
    return [
      'use a system with glibc 2.28 or newer (Debian 10, RHEL 8, Ubuntu 20.04).',
      '请使用 glibc 2.28 或更高版本的系统（Debian 10、RHEL 8、Ubuntu 20.04）。',
    ]
  }
  if (/ELF|wrong architecture|mach-o|valid Win32|Exec format|file too short|Error relocating/i.test(text)) {
    return [
      `${place} is not an addon for this machine. Do not copy node_modules between machines: install on this one.`,
      `${place} 不是这台机器能用的原生插件。不要在机器之间复制 node_modules，请在本机安装。`,
    ]
  }
  if (code !== 'ERR_DLOPEN_FAILED') return undefined
  return [`see why ${place} does not load: ${firstLine(error)}`, `请查看 ${place} 为什么加载不了：${firstLine(error)}`]
}

const MUSL: Advice = [
  'this system has musl (Alpine). Use an image with glibc, such as node:22-slim; or run make pack on a system ' +
    'with musl and install what it makes.',
  '本系统用的是 musl（Alpine）。请换成 glibc 的镜像，例如 node:22-slim；或者在 musl 系统上执行 make pack，安装生成的包。',
]

/** For an addon that is nowhere. */
function whereMissing({ names, version, file }: Search, isMusl: boolean): Advice {
  const name = names[isMusl ? 1 : 0] ?? names[0]
  if (process.versions.electron !== undefined) {
    const unpacked = '"asarUnpack": ["node_modules/wxsign", "node_modules/@wxsign"]'
    return [
      `wxsign belongs into the main process, outside of the asar archive: in package.json, under "build", add ${unpacked}.`,
      `wxsign 应当放在主进程里、asar 包之外：请在 package.json 的 "build" 下加上 ${unpacked}。`,
    ]
  }
  if (isSingleExecutable()) {
    const addon = `node_modules/@wxsign/${name}`
    return [
      `copy wxsign.node from ${addon} into the folder of ${process.execPath}.`,
      `请把 ${addon} 里的 wxsign.node 复制到 ${process.execPath} 所在的目录。`,
    ]
  }
  if (isBundled(file)) return forBundle(file)
  const root = path().join(path().dirname(file ?? ''), '..')
  const isInstalled = /[\\/]node_modules[\\/]wxsign$/.test(root)
  if (!isInstalled && fs().existsSync(path().join(root, 'Cargo.toml'))) {
    return [`run make build-node in ${root}.`, `请在 ${root} 执行 make build-node。`]
  }
  const packages = packedWith(root)
  if (packages.length === 0) {
    return [
      'this copy of wxsign was made of a checkout, without the addon. Run make pack in the checkout, and install ' +
        'both files of build/npm with one npm install.',
      '这份 wxsign 来自源码目录，没有原生插件。请在源码目录执行 make pack，再用一条 npm install 安装 build/npm 里的两个文件。',
    ]
  }
  const isPacked = names.some((name) => packages.includes(`@wxsign/${name}`))
  if (isMusl && !packages.some((name) => name.endsWith('-musl'))) return MUSL
  if (!isPacked) {
    return [
      'there is no addon for this platform: run make pack in a checkout on it, and install both files.',
      '没有这个平台的原生插件：请在该平台的源码目录执行 make pack，并安装生成的两个文件。',
    ]
  }
  if (IS_PUBLISHED) {
    return [
      'remove node_modules and package-lock.json, and install again on this platform, with optional dependencies ' +
        '(npm install --include=optional).',
      '请删除 node_modules 和 package-lock.json，在本平台重新安装，并包含可选依赖（npm install --include=optional）。',
    ]
  }
  const files = [`wxsign-${version}.tgz`, `wxsign-${name}-${version}.tgz`]
  return [
    `install both files of make pack with one npm install, without --omit=optional: ${files.join(' and ')}.`,
    `请用一条 npm install 安装 make pack 生成的两个文件，不要加 --omit=optional：${files.join(' 和 ')}。`,
  ]
}

/** The platform packages that this copy of wxsign was packed with. */
function packedWith(root: string): string[] {
  const manifest = JSON.parse(fs().readFileSync(path().join(root, 'package.json'), 'utf8'))
  return Object.keys(manifest.optionalDependencies ?? {})
}

/** For code that a bundler has taken out of node_modules. */
function forBundle(file: string | undefined): Advice {
  const at = `${file ?? ''} ${process.argv[1] ?? ''} ${process.cwd()}`
  if (process.env.NEXT_RUNTIME !== undefined || /[\\/]\.next[\\/]/.test(at)) {
    const setting = "serverExternalPackages: ['wxsign']"
    return [
      `add ${setting} to your next.config.ts (or .js, .mjs), and build again.`,
      `请在 next.config.ts（或 .js、.mjs）里加上 ${setting}，然后重新构建。`,
    ]
  }
  if (/[\\/]\.output[\\/]/.test(at)) {
    const setting = "externals: { traceInclude: ['wxsign'] }"
    return [
      `add ${setting} to nitro in nuxt.config.ts (or to nitro.config.ts), and build again.`,
      `请在 nuxt.config.ts 的 nitro 里（或 nitro.config.ts 里）加上 ${setting}，然后重新构建。`,
    ]
  }
  // Some bundlers keep the name that the file had at the time of the build.
  const isThere = file !== undefined && fs().existsSync(file)
  const bundle = (isThere ? file : process.argv[1]) ?? 'the bundle'
  return [
    `${bundle} is a bundle. Name wxsign as external in the bundler's settings (${EXTERNAL}) and keep ` +
      'node_modules beside the bundle; or copy wxsign.node into the folder of the bundle. See docs/bundlers.md.',
    `${bundle} 是打包产物。请在打包工具里把 wxsign 设为 external（${EXTERNAL}），并在产物旁边保留 node_modules；` +
      '或者把 wxsign.node 复制到产物所在的目录。见 docs/zh/bundlers.md。',
  ]
}

const EXTERNAL =
  "esbuild: --external:wxsign; webpack: externalsType: 'commonjs', externals: [/^wxsign/]; " +
  "Rollup: external: [/^wxsign/]; Vite: ssr: { external: ['wxsign'] }; Bun: --external wxsign"

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
