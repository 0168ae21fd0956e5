// A worker that signs without a pause until it is stopped, and keeps every hundredth config.

const { parentPort, workerData } = require('node:worker_threads')
const { createClient } = require('wxsign')

const { options, url } = workerData
const wx = createClient(options)
let stopped = false
parentPort.once('message', () => {
  stopped = true
})

async function run() {
  const configs = [await wx.config(url)]
  parentPort.postMessage('signing')
  for (let count = 0; !stopped; count++) {
    const config = await wx.config(url)
    if (count % 100 === 0) configs.push(config)
    // Lets the message in.
    if (count % 1_000 === 0) await new Promise(setImmediate)
  }
  parentPort.postMessage(configs)
}

run()
