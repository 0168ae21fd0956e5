// wxsign as npm installs it, in a directory of the bench's: a checkout looks for its addon in
// places where a user's is not.

import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { platformManifest, rootManifest } from '../../bindings/node/release/pack.mjs'
import { ROOT } from '../lib/sandbox.mjs'

/** Lays it down, and an empty package with the same manifest; gives the directory, and the paths of the two in it. */
export function install() {
  const end = { linux: '-gnu', win32: '-msvc' }[process.platform] ?? ''
  const platform = `${process.platform}-${process.arch}${end}`
  const dir = mkdtempSync(join(tmpdir(), 'wxsign-bench-'))
  const [root, addon] = ['wxsign', `@wxsign/${platform}`].map((name) => join(dir, 'node_modules', name))
  for (const [at, manifest] of [
    [root, rootManifest([platform])],
    [addon, platformManifest(platform)],
  ]) {
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, 'package.json'), JSON.stringify(manifest))
  }
  cpSync(`${ROOT}dist`, join(root, 'dist'), { recursive: true })
  cpSync(`${ROOT}build/node/wxsign.node`, join(addon, 'wxsign.node'))
  const empty = join(dir, 'empty')
  mkdirSync(join(empty, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(empty, 'package.json'))
  writeFileSync(join(empty, 'dist/index.js'), '')
  return { dir, path: root, empty }
}
