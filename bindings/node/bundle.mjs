// After the compiler: makes one file of the public entry and what the other entries share (see ts/main.ts), removes what
// is in it, and tells the other entries where that is now.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../', import.meta.url))
const dist = join(root, 'dist')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['bindings/node/ts/main.ts'],
  outfile: 'dist/index.js',
  allowOverwrite: true,
  bundle: true,
  // What a working program never needs.
  external: ['./search'],
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  define: { VERSION: JSON.stringify(version) },
  logLevel: 'warning',
  // ts/main.ts assigns its exports.
  logOverride: { 'commonjs-variable-in-esm': 'silent' },
  metafile: true,
})
const bundled = new Set([...Object.keys(metafile.inputs).map((path) => basename(path, '.ts')), 'shared'])
for (const name of bundled) if (name !== 'index') rmSync(join(dist, `${name}.js`))
// Types that no public one is made of.
for (const name of ['core', 'load', 'main']) rmSync(join(dist, `${name}.d.ts`))

for (const name of readdirSync(dist, { recursive: true })) {
  if (!name.endsWith('.js')) continue
  const path = join(dist, name)
  const code = readFileSync(path, 'utf8').replace(
    /require\(["'](\.\.?)\/shared["']\)/g,
    `require("$1/index")[Symbol.for('wxsign.shared')]()`,
  )
  const gone = [...code.matchAll(/require\(["']\.[./]*\/([^"'/]+)["']\)/g)].find(
    ([, required]) => required !== 'index' && bundled.has(required),
  )
  if (gone) throw new Error(`${name} has ${gone[0]}, of which no file is left: it has to come from './shared'`)
  writeFileSync(path, code)
}
