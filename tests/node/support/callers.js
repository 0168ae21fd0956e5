// A process of many callers, started by processes.test.js: all at once, or one after the other for a while.

const { createClient } = require('wxsign')

const { options, begin, calls, until } = JSON.parse(process.env.ROLE)
const wx = createClient(options)
const seen = {}

async function call() {
  const what = await wx.ticket().catch((error) => error.code)
  seen[what] = (seen[what] ?? 0) + 1
}

async function main() {
  await new Promise((resolve) => setTimeout(resolve, begin - Date.now()))
  await Promise.all(Array.from({ length: calls }, call))
  while (Date.now() < until) {
    await call()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await wx.close()
  process.send(seen)
  process.disconnect()
}

main()
