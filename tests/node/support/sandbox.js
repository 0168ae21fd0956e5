// Starts the stand-in WeChat for one test, and makes clients that talk to it.

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { createInterface } = require('node:readline')
const { createClient } = require('wxsign')

const PROGRAM = join(__dirname, '../../../build/bin/wxsign-sandbox')

// How many times as long as usual everything may take: under an emulator that is slow.
const PATIENCE = Number(process.env.WXSIGN_PATIENCE ?? 1)

const APP_ID = 'wx5823bf96d3bd56c7'
const APP_SECRET = '0123456789abcdef0123456789abcdef'
const CORP_ID = 'ww5823bf96d3bd56c7'
const AGENT_ID = '1000002'
const AGENT_SECRET = '0123456789abcdef0123456789abcdef-agent10002'
// Another app of the same corp.
const OTHER_AGENT = { agentId: '1000003', appSecret: 'fedcba9876543210fedcba9876543210-agent10003' }

/** Starts a sandbox for this test alone: a cooldown or a fault of another test cannot reach it. */
async function sandbox(t, ...args) {
  const child = spawn(PROGRAM, ['--exit-with-parent', ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(async () => {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  const url = /http:\S+/.exec(line)[0]

  async function get(path) {
    return (await fetch(url + path)).json()
  }
  async function post(path, body = {}) {
    const answer = await (await fetch(url + path, { method: 'POST', body: JSON.stringify(body) })).json()
    if (answer.ok === false && path.startsWith('/_sandbox')) throw new Error(answer.error)
    return answer
  }
  const options = { appId: APP_ID, appSecret: APP_SECRET, baseUrl: url, store: 'memory' }
  const workOptions = { ...options, appId: undefined, corpId: CORP_ID, agentId: AGENT_ID, appSecret: AGENT_SECRET }
  return {
    url,
    options,
    /** Of an app of 企业微信. */
    workOptions,
    get,
    post,
    /** A client of the first account; the test closes it. */
    client(more = {}) {
      const client = createClient({ ...options, ...more })
      t.after(() => client.close())
      return client
    },
    /** A client of an app of 企业微信; the test closes it. */
    work: (more = {}) => {
      const client = createClient({ ...workOptions, ...more })
      t.after(() => client.close())
      return client
    },
    /** One with the caller's token, and so without a secret. */
    clientWithToken(accessToken, more = {}) {
      const { appSecret: _, ...rest } = options
      const client = createClient({ ...rest, accessToken, ...more })
      t.after(() => client.close())
      return client
    },
    fault: (fault) => post('/_sandbox/fault', fault),
    clear: () => post('/_sandbox/clear'),
    counts: () => get('/_sandbox/counts'),
    verify: (config, page) => post('/verify', { ...config, url: page }),
    /** A token from the classic interface, which our clients ask only with tokenApi: 'classic'. */
    async token() {
      const query = `grant_type=client_credential&appid=${APP_ID}&secret=${APP_SECRET}`
      return (await get(`/cgi-bin/token?${query}`)).access_token
    },
    /** Resolves once so many requests are under way. */
    async underWay(number) {
      for (let tries = 0; tries < 500 * PATIENCE; tries++) {
        if ((await get('/_sandbox/counts')).in_flight >= number) return
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new Error(`never ${number} requests at once`)
    },
  }
}

/** A directory that goes with the test. */
function dir(t) {
  const made = mkdtempSync(join(tmpdir(), 'wxsign-test-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** An address on which no server listens: the system gives this port to no program by itself. */
const DEAD_URL = 'http://127.0.0.1:9'

/** Runs a script in another Node, in the directory of the tests, and gives what it printed and how it ended. */
async function runScript(script, { env = {}, args = [], timeout = 20_000 } = {}) {
  const began = performance.now()
  const child = spawn(process.execPath, [...args, '-e', script], {
    cwd: join(__dirname, '..'),
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeout * PATIENCE,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data) => (stdout += data))
  child.stderr.on('data', (data) => (stderr += data))
  const [code, signal] = await once(child, 'close')
  return { stdout, stderr, code, signal, ms: performance.now() - began }
}

// What the environment may set; a script has only what its test sets.
const SETTINGS = ['APP_ID', 'APP_SECRET', 'APP_SECRET_FILE', 'CORP_ID', 'AGENT_ID', 'BASE_URL', 'ALLOWED_HOSTS']
const UNSET = { WXSIGN_STORE: '', ...Object.fromEntries(SETTINGS.map((name) => [`WX_${name}`, ''])) }

/** What an async function of this body gives, with all of an entry's functions, in a process of this environment. */
async function runIn(env, entry, body) {
  const script = `Object.assign(globalThis, require('${entry}'));
    (async () => { ${body} })().then((value) => console.log(JSON.stringify(value)),
      (error) => console.log(JSON.stringify({ code: error.code, message: error.message })))`
  const { stdout, stderr } = await runScript(script, { env: { ...UNSET, ...env } })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

module.exports = {
  sandbox,
  dir,
  DEAD_URL,
  runScript,
  runIn,
  APP_ID,
  APP_SECRET,
  CORP_ID,
  AGENT_ID,
  AGENT_SECRET,
  OTHER_AGENT,
  PATIENCE,
}
