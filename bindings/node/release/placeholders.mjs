// Makes an empty package 0.0.0 for each name that a release publishes on npm, in
// build/placeholders.
//
// A registry trusts a workflow for a package that exists already. So the names are published once
// by hand, before the first release: RELEASING.md has the steps. Prints the folders.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { platformManifest, platforms, rootManifest } from './pack.mjs'

const OUT = fileURLToPath(new URL('../../../build/placeholders/', import.meta.url))

const manifests = [rootManifest([]), ...Object.keys(platforms).map(platformManifest)]
rmSync(OUT, { recursive: true, force: true })
for (const { name, license, repository, os, cpu, libc } of manifests) {
  const dir = join(OUT, name.replace('/', '+'))
  mkdirSync(dir, { recursive: true })
  const manifest = { name, version: '0.0.0', license, repository, os, cpu, libc, files: ['README.md'] }
  writeFileSync(join(dir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  writeFileSync(join(dir, 'README.md'), `Reserved for the first release of wxsign. Nothing is in it yet.\n`)
  console.log(dir)
}
