// POST /explain {"text":"…"} : what `wxsign explain` says of the evidence that a visitor pastes: a
// string1 line, the object of wx.config or of wx.error, or several of them. If no ticket is among
// them, this client's is used.

const { spawn } = require('node:child_process')
const { dirname, join } = require('node:path')

const MANIFEST = require.resolve('wxsign/package.json')
const COMMAND = join(dirname(MANIFEST), require(MANIFEST).bin.wxsign)
const MAX_BODY = 64 * 1024
const MAX_RUNNING = 4
let running = 0

module.exports = async function explain(ctx) {
  // Only this page sends JSON here: another site's page would have to ask first, and gets no
  // permission.
  if (!ctx.is('application/json')) return ctx.throw(415)
  const text = await textOf(ctx.req)
  if (text === undefined) return ctx.throw(400)
  if (running >= MAX_RUNNING) return ctx.throw(503)
  running++
  try {
    // A client without a ticket is one more reason to ask for an explanation.
    const ticket = await ctx.wx.ticket().catch(() => '')
    const { code, stdout } = await command(text, ticket)
    // 2 is an input in which nothing was recognised.
    if (code === 2) ctx.body = { verdict: 'unknown', causes: [], isEmpty: true }
    else ctx.body = JSON.parse(stdout)
  } finally {
    running--
  }
}
module.exports.methods = ['POST']

async function textOf(request) {
  const chunks = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > MAX_BODY) return undefined
    chunks.push(chunk)
  }
  try {
    const { text } = JSON.parse(Buffer.concat(chunks).toString())
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}

/** Runs the command, which reads the evidence from its standard input and the ticket from its environment. */
function command(text, ticket) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [COMMAND, 'explain', '--json'], {
      env: { WX_JSAPI_TICKET: ticket },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: 10_000,
    })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (data) => {
      stdout += data
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout }))
    // A command that ended early has read enough.
    child.stdin.on('error', () => {})
    child.stdin.end(text)
  })
}
