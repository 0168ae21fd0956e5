// Looks for the addon wherever `require` would, and says what is missing where there is none. The way of a checkout and
// of unusual installations; see ./load for the usual one.

import { join } from 'node:path'

/** The names of the packages that could hold this machine's addon, the likelier first. */
export function candidates(platform: string, arch: string): string[] {
  // Which libc it is shows when the addon is loaded; asking for it beforehand takes milliseconds.
  const ends = platform === 'linux' ? ['-gnu', '-musl'] : platform === 'win32' ? ['-msvc'] : ['']
  return ends.map((end) => `@wxsign/${platform}-${arch}${end}`)
}

/** The libc, for the message of a load that failed. */
function libc(): string {
  if (process.platform !== 'linux') return ''
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  const glibc = report?.header?.glibcVersionRuntime
  return glibc === undefined ? ', libc musl or unknown' : `, glibc ${glibc}`
}

/** Loads the addon of this version, or throws an error that says what is missing and what to do. */
export function search(version: string): unknown {
  const { platform, arch } = process
  const packages = candidates(platform, arch)
  const failures: unknown[] = []
  for (const path of [...packages, join(__dirname, '..', 'build', 'node', 'wxsign.node')]) {
    try {
      const addon = require(path)
      const found = addon.version()
      if (found === version) return addon
      failures.push(new Error(`${path} is of version ${found}, and wxsign of version ${version}`))
    } catch (error) {
      failures.push(error)
    }
  }
  const musl = platform === 'linux' && !libc().includes('glibc')
  const expected = (musl ? packages[1] : packages[0]) ?? ''
  const tried = failures.map((failure) => `  - ${String(failure).split('\n', 1)[0]}`).join('\n')
  const error = new Error(
    `wxsign's addon could not be loaded on ${platform} ${arch}${libc()} with Node.js ${process.version}.\n` +
      `It comes in the package ${expected}, an optional dependency of wxsign.\n` +
      'Fixes: install again with optional dependencies (npm install --include=optional); if a lock file was made on ' +
      `another platform, remove node_modules and the lock file first; or install it by name (npm install ${expected}); ` +
      `in a checkout of wxsign, run: make build.\nTried:\n${tried}`,
  )
  // One that is there and fails to load tells more than one that is missing.
  const telling = failures.find((failure) => (failure as { code?: string }).code !== 'MODULE_NOT_FOUND')
  throw Object.assign(error, { code: 'WXSIGN_ADDON_NOT_LOADED', cause: telling ?? failures[0] })
}
