// Next.js 15 and 16: what `next build` makes for a container, copied elsewhere, signs.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { elsewhere } from '../project.mjs'
import { freePort, laidDown } from './laid-down.mjs'

const ROUTE = `import { wxsign } from 'wxsign/web'
export const dynamic = 'force-dynamic'
export const GET = wxsign({ appId: 'wx1', appSecret: 's', store: 'memory', allowedHosts: ['a.example'], onError() {} })
`

/** Builds the project with these settings in next.config.mjs; gives its folder and what the build printed. */
function built(t, version, settings) {
  const dir = laidDown(t, `next${version}`, { [`next${version}`]: 'next', react: 'react', 'react-dom': 'react-dom' })
  const write = (file, text) => {
    mkdirSync(join(dir, file, '..'), { recursive: true })
    writeFileSync(join(dir, file), text)
  }
  write('app/api/wx/config/route.js', ROUTE)
  write('app/layout.js', 'export default ({ children }) => <html><body>{children}</body></html>\n')
  write('app/page.js', 'export default () => <p>page</p>\n')
  write(
    'next.config.mjs',
    `export default { outputFileTracingRoot: import.meta.dirname, output: 'standalone', ${settings} }\n`,
  )
  const next = join(dir, 'node_modules/next/dist/bin/next')
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_TEST_CONTEXT: undefined }
  const { status, stdout, stderr } = spawnSync(process.execPath, [next, 'build'], { cwd: dir, encoding: 'utf8', env })
  return { dir, status, output: stdout + stderr }
}

/** What the copied server answers. */
async function answered(t, dir) {
  const away = elsewhere(t)
  cpSync(join(dir, '.next/standalone'), away, { recursive: true, verbatimSymlinks: true })
  const port = await freePort()
  const env = { ...process.env, PORT: String(port), HOSTNAME: '127.0.0.1', NODE_TEST_CONTEXT: undefined }
  const child = spawn(process.execPath, ['server.js'], { cwd: away, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data))
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const url = `http://127.0.0.1:${port}/api/wx/config?url=${encodeURIComponent('https://b.example/')}`
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer !== undefined) return { status: answer.status, text: await answer.text(), log }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return assert.fail(log)
}

for (const version of [16, 15]) {
  test(`Next.js ${version} standalone with wxsign external`, async (t) => {
    const { dir, status, output } = built(t, version, "serverExternalPackages: ['wxsign']")
    assert.equal(status, 0, output)
    const { status: answer, text, log } = await answered(t, dir)
    assert.equal(answer, 403, text + log)
    assert.equal(JSON.parse(text).code, 'HOST_NOT_ALLOWED')
  })

  /** Without a setting it works, or names the line to add. */
  test(`Next.js ${version} standalone as it comes`, async (t) => {
    const { dir, status, output } = built(t, version, '')
    if (status !== 0) return assert.match(output, /serverExternalPackages: \['wxsign'\]/)
    const { status: answer, text, log } = await answered(t, dir)
    if (answer !== 403) assert.match(log, /serverExternalPackages: \['wxsign'\]/, `${answer} ${text}`)
    t.diagnostic(`answers ${answer}`)
  })
}
