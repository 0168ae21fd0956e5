// Nitro, which Nuxt builds with: its output, copied elsewhere, signs.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

import { laidDown, OPTIONS, served } from './laid-down.mjs'

const ROUTE = `import { defineEventHandler, toWebRequest } from 'h3'
import { wxsign } from 'wxsign/web'
const handler = wxsign(${OPTIONS})
export default defineEventHandler((event) => handler(toWebRequest(event)))
`

test('Nitro: its output signs elsewhere', async (t) => {
  const { dir, write } = laidDown(t, 'nitro', { nitropack: 'nitropack', h3: 'h3' })
  write('routes/wx/config.js', ROUTE)
  write('nitro.config.mjs', "export default { compatibilityDate: '2025-01-01', preset: 'node-server' }\n")
  const nitro = join(dir, 'node_modules/nitropack/dist/cli/index.mjs')
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
  const { status, stdout, stderr } = spawnSync(process.execPath, [nitro, 'build'], { cwd: dir, encoding: 'utf8', env })
  assert.equal(status, 0, stdout + stderr)
  const answer = await served(t, { built: join(dir, '.output'), program: 'server/index.mjs', path: '/wx/config' })
  assert.ok(answer.isSigned, answer.text + answer.log)
})
