// The JavaScript and HTML of the documents, run as a reader would run it, against the sandbox.
// tests/documents.py has the other languages. The Chinese pages have the same code: docs.test.js.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { join } = require('node:path')
const { test } = require('node:test')
const { ENGLISH, examples } = require('./support/documents')
const { sandbox, dir, AGENT_ID, AGENT_SECRET, APP_ID, APP_SECRET, CORP_ID } = require('./support/sandbox')

const CORP = { WX_CORP_ID: CORP_ID, WX_AGENT_ID: AGENT_ID, WX_APP_SECRET: AGENT_SECRET }
const CHILD = join(__dirname, 'support/example.js')

/** Runs a block in its own process, and gives what it proved. */
async function run(t, example, url) {
  const env = {
    ...process.env,
    ...(example.page.endsWith('wecom.md') ? CORP : { WX_APP_ID: APP_ID, WX_APP_SECRET: APP_SECRET }),
    ...{ WX_BASE_URL: url, WXSIGN_STORE: 'memory' },
    NODE_TEST_CONTEXT: undefined,
    EXAMPLE: JSON.stringify({ ...example, sandbox: url }),
  }
  const child = spawn(process.execPath, [CHILD], { cwd: dir(t), env, timeout: 30_000 })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].on('data', (data) => (output[name] += data))
  const [code] = await once(child, 'close')
  assert.equal(code, 0, `${example.page}:${example.line}\n${output.stderr}`)
  return JSON.parse(output.stdout).proofs
}

const all = ENGLISH.flatMap((page) => examples(page, ['js', 'html']))

/** An example that runs and does nothing would be right whatever wxsign does: each proves something. */
test('every example of the documents runs', async (t) => {
  const { url } = await sandbox(t)
  for (const example of all) {
    await t.test(`${example.page}:${example.line}`, async (t) => {
      assert.notDeepEqual(await run(t, example, url), [], 'nothing that support/example.js checks came of it')
    })
  }
})
