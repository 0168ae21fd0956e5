// What runs this code, and how it got here. Asked only when the addon is looked for.

import { fs, path } from './builtin'

/** Whether a bundler has put this code into another file; as we build it, it is dist/index.js. */
export function isBundled(file: string | undefined): boolean {
  if (file === undefined || path().basename(file) !== 'index.js') return true
  try {
    // Some bundlers keep the name of a file that is elsewhere.
    const manifest = fs().readFileSync(path().join(file, '..', '..', 'package.json'), 'utf8')
    return JSON.parse(manifest).name !== 'wxsign'
  } catch {
    return true
  }
}

/** Whether this is a program in one file: Node's single executable applications, Bun's `--compile`. */
export function isSingleExecutable(): boolean {
  if (/\$bunfs|~BUN/.test(process.argv[1] ?? '')) return true
  const sea = process.getBuiltinModule?.('node:sea' as 'node:fs') as unknown as { isSea?(): boolean } | undefined
  return sea?.isSea?.() === true
}

/** The libc of a Linux, as far as the runtime reports it. */
export function libc(): 'glibc' | 'musl' | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
    return report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
  } catch {
    // Deno wants a permission for it.
    return undefined
  }
}

/** The name and version of the runtime. */
export function runtime(): string {
  const { bun, deno, electron } = process.versions as Record<string, string | undefined>
  if (deno !== undefined) return `Deno ${deno}`
  if (bun !== undefined) return `Bun ${bun}`
  if (electron !== undefined) return `Electron ${electron}`
  return `Node.js ${process.version}`
}
