// A member of the cluster test's cluster: fetches a ticket through the shared store, and reports
// what it got.

const { createClient } = require('wxsign')

const wx = createClient(JSON.parse(process.env.OPTIONS))
process.on('message', async () => {
  const config = await wx.config('https://example.com/')
  process.send({ config, ticket: await wx.ticket(), token: await wx.accessToken() })
  process.disconnect()
})
process.send('ready')
