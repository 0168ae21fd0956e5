// After the compiler: makes one file of what the entries share (see ts/shared.ts), and removes what is in it.

import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['bindings/node/ts/shared.ts'],
  outfile: 'dist/shared.js',
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  metafile: true,
})
for (const source of Object.keys(metafile.inputs)) {
  const compiled = basename(source, '.ts')
  if (compiled !== 'shared') rmSync(join(root, 'dist', `${compiled}.js`))
}
