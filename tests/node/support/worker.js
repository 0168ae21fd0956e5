// A worker of the worker tests: loads the addon, makes a client with every kind of callback, and
// obeys the test's messages.

const { parentPort, workerData } = require('node:worker_threads')
const { createClient, sign } = require('wxsign')

const { options, token, task, count } = workerData

async function run() {
  const onEvent = (event) => parentPort.postMessage({ event: event.name })
  const wx = createClient({ ...options, onEvent })
  if (task === 'sign') {
    const signature = sign({ ticket: 'T', url: 'https://example.com/', nonceStr: 'N', timestamp: 1 }).signature
    const config = await wx.config('https://example.com/')
    parentPort.postMessage({ done: true, signature, config })
    return
  }
  // Waits of all kinds on a service that hangs; this worker will be terminated in the middle of
  // them.
  const { appSecret: _, ...rest } = options
  const own = createClient({ ...rest, appId: `wxown${count}`, accessToken: async () => token, onEvent })
  const hanging = createClient({ ...rest, appId: `wxhang${count}`, accessToken: () => new Promise(() => {}), onEvent })
  const { signal } = new AbortController()
  const waits = [
    wx.config('https://example.com/'),
    wx.ticket({ signal }),
    wx.accessToken(),
    own.ticket(),
    hanging.ticket(),
  ]
  for (const wait of waits) wait.catch(() => {})
  parentPort.postMessage({ waiting: true })
}

run()
