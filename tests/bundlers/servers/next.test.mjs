// Next.js 15 and 16: what `next build` makes for a container, copied elsewhere, signs.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

import { laidDown, OPTIONS, served } from './laid-down.mjs'

const ROUTE = `import { wxsign } from 'wxsign/web'
export const GET = wxsign(${OPTIONS})
`

// What docs/bundlers.md puts beside the pages: Next.js renders it on the server first.
const PAGE = `'use client'
import Script from 'next/script'
import { configure } from 'wxsign/page'
const share = () => configure({ endpoint: '/api/wx/config' }).catch(console.warn)
export default function WeChat() {
  return <Script src="https://res.wx.qq.com/open/js/jweixin-1.6.0.js" onReady={share} />
}
`
const LAYOUT = `import WeChat from './wechat'
export default ({ children }) => <html><body>{children}<WeChat /></body></html>
`

/** Builds the project with these settings in next.config.mjs; gives its folder and what the build printed. */
function built(t, version, settings) {
  const { dir, write } = laidDown(t, `next${version}`, {
    [`next${version}`]: 'next',
    react: 'react',
    'react-dom': 'react-dom',
  })
  write('app/api/wx/config/route.js', ROUTE)
  write('app/wechat.js', PAGE)
  write('app/layout.js', LAYOUT)
  write('app/page.js', 'export default () => <p>page</p>\n')
  write(
    'next.config.mjs',
    `export default { outputFileTracingRoot: import.meta.dirname, output: 'standalone', ${settings} }\n`,
  )
  const next = join(dir, 'node_modules/next/dist/bin/next')
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_TEST_CONTEXT: undefined }
  const { status, stdout, stderr } = spawnSync(process.execPath, [next, 'build'], { cwd: dir, encoding: 'utf8', env })
  assert.equal(status, 0, stdout + stderr)
  return { built: join(dir, '.next/standalone'), program: 'server.js', path: '/api/wx/config' }
}

for (const version of [16, 15]) {
  test(`Next.js ${version} standalone with wxsign external`, async (t) => {
    const { isSigned, text, log } = await served(t, built(t, version, "serverExternalPackages: ['wxsign']"))
    assert.ok(isSigned, text + log)
  })

  /** Without the setting it builds, answers 500, and names the line to add, as docs/bundlers.md says. */
  test(`Next.js ${version} standalone as it comes`, async (t) => {
    const { status, text, log } = await served(t, built(t, version, ''))
    assert.equal(status, 500, text)
    assert.match(log, /What to do: add serverExternalPackages: \['wxsign'\] to your next\.config\.ts/)
  })
}

/** What `create-next-app` writes: it refuses a route that sets `dynamic`. */
test('Next.js 16 with cacheComponents', async (t) => {
  const settings = "serverExternalPackages: ['wxsign'], cacheComponents: true"
  const { isSigned, text, log } = await served(t, built(t, 16, settings))
  assert.ok(isSigned, text + log)
})
