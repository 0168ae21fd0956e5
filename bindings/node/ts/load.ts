// Loads the addon: from where npm and pnpm put it, else from wherever it is found.

/** The package's, set by the build. */
declare const VERSION: string

/**
 * The addon, or an error that says what is missing and what to do.
 *
 * The platform package lies beside this one. `require` would find it there too, but after five places where it is not,
 * and in nearly as long again as loading it takes.
 */
export function load(): unknown {
  const { platform, arch } = process
  const slash = platform === 'win32' ? '\\' : '/'
  const own = `${slash}wxsign${slash}dist`
  if (__dirname.endsWith(`${slash}node_modules${own}`)) {
    const modules = __dirname.slice(0, -own.length)
    const end = platform === 'linux' ? '-gnu' : platform === 'win32' ? '-msvc' : ''
    const addon = { exports: {} as { version(): string } }
    try {
      process.dlopen(addon, [modules, '@wxsign', `${platform}-${arch}${end}`, 'wxsign.node'].join(slash))
      // Where several versions are installed, another's may stand there, and ours elsewhere.
      if (addon.exports.version() === VERSION) return addon.exports
    } catch {
      // The search says what is wrong.
    }
  }
  return (require('./search') as typeof import('./search')).search(VERSION)
}
