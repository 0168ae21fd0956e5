// One of many processes: for each message it signs, and answers with the processor's time for a
// signature.

const [root, options] = process.argv.slice(2)
const { createClient } = require(`${root}dist/index.js`)

const URL = 'https://example.com/shop/item?id=1000&from=timeline&isappinstalled=0'
const SIGNATURES = 20_000
const WARM_UP = 50_000

async function main() {
  const client = createClient(JSON.parse(options))
  await client.config(URL)
  for (let n = 0; n < WARM_UP; n++) client.tryConfig(URL)
  process.on('message', () => {
    const began = process.cpuUsage()
    for (let n = 0; n < SIGNATURES; n++) client.tryConfig(URL)
    const { user, system } = process.cpuUsage(began)
    process.send(((user + system) * 1000) / SIGNATURES)
  })
  process.on('disconnect', () => process.exit())
  process.send('ready')
}

main()
