// A process of many callers, started by processes.test.js: all at once, or one after the other for
// a while.

const { createClient } = require('wxsign')

const PAGE = 'https://example.com/'
const { options, agents, begin, calls, until } = JSON.parse(process.env.ROLE)
const seen = {}

/** What one call came to; the apps of a corp take turns, and each its two signatures. */
const call = agents === undefined ? ticketOf(createClient(options)) : signaturesOf(agents.map(createClient))

function ticketOf(wx) {
  return () => wx.ticket()
}

function signaturesOf(clients) {
  return async (at) => {
    const wx = clients[at % clients.length]
    const { corpid, agentid } = at % 4 < 2 ? await wx.agentConfig(PAGE) : { corpid: (await wx.config(PAGE)).appId }
    return `${corpid} ${agentid ?? ''}`
  }
}

async function count(at) {
  const what = await call(at).catch((error) => error.code)
  seen[what] = (seen[what] ?? 0) + 1
}

async function main() {
  await new Promise((resolve) => setTimeout(resolve, begin - Date.now()))
  await Promise.all(Array.from({ length: calls }, (_, at) => count(at)))
  while (Date.now() < until) {
    await count(0)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  process.send(seen)
  process.disconnect()
}

main()
