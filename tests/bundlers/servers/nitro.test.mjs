// Nitro, which Nuxt builds with: its output, copied elsewhere, signs.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { elsewhere } from '../project.mjs'
import { freePort, laidDown } from './laid-down.mjs'

const ROUTE = `import { defineEventHandler, toWebRequest } from 'h3'
import { wxsign } from 'wxsign/web'
const handler = wxsign({ appId: 'wx1', appSecret: 's', store: 'memory', allowedHosts: ['a.example'], onError() {} })
export default defineEventHandler((event) => handler(toWebRequest(event)))
`

test('Nitro: its output signs elsewhere', async (t) => {
  const dir = laidDown(t, 'nitro', { nitropack: 'nitropack', h3: 'h3' })
  mkdirSync(join(dir, 'routes/wx'), { recursive: true })
  writeFileSync(join(dir, 'routes/wx/config.js'), ROUTE)
  writeFileSync(
    join(dir, 'nitro.config.mjs'),
    "export default { compatibilityDate: '2025-01-01', preset: 'node-server' }\n",
  )
  const nitro = join(dir, 'node_modules/nitropack/dist/cli/index.mjs')
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
  const { status, stdout, stderr } = spawnSync(process.execPath, [nitro, 'build'], { cwd: dir, encoding: 'utf8', env })
  assert.equal(status, 0, stdout + stderr)
  const away = elsewhere(t)
  cpSync(join(dir, '.output'), away, { recursive: true, verbatimSymlinks: true })
  const port = await freePort()
  const child = spawn(process.execPath, ['server/index.mjs'], {
    cwd: away,
    env: { ...env, PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data))
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const url = `http://127.0.0.1:${port}/wx/config?url=${encodeURIComponent('https://b.example/')}`
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer !== undefined) {
      assert.deepEqual([answer.status, (await answer.json()).code], [403, 'HOST_NOT_ALLOWED'], log)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail(log)
})
