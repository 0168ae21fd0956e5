// One of many, a process or a worker. Told once, it makes its client, asks for a config at once and warms up; told
// again, it signs, and says how much of the processor's time its process has used for that.

const { once } = require('node:events')
const { parentPort, workerData } = require('node:worker_threads')

const port = parentPort ?? process
const send = (message) => (parentPort ? parentPort.postMessage(message) : process.send(message))
const { root, options, signatures } = workerData ?? JSON.parse(process.argv[2])
const { createClient } = require(`${root}dist/index.js`)

const url = 'https://example.com/shop/item?id=1000&from=timeline&isappinstalled=0'

async function main() {
  await once(port, 'message')
  const wx = createClient(options)
  await wx.config(url)
  for (let n = 0; n < signatures / 4; n++) wx.tryConfig(url)
  send('warm')
  await once(port, 'message')
  const began = process.cpuUsage()
  for (let n = 0; n < signatures; n++) wx.tryConfig(url)
  const { user, system } = process.cpuUsage(began)
  send(((user + system) * 1000) / signatures)
  await wx.close()
  if (!parentPort) process.disconnect()
}

main()
send('ready')
