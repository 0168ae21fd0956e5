// How cost grows: with URLs, clients, processes and workers. Prints JSON.

import { createRequire } from 'node:module'
import { APP_ID, ROOT, startSandbox } from '../lib/sandbox.mjs'
import { manyClients } from './clients.mjs'
import { manyProcesses, manyWorkers } from './many.mjs'
import { distinct, lengths } from './urls.mjs'

const require = createRequire(import.meta.url)
const { createClient } = require(`${ROOT}dist/index.js`)
const javascript = require('../node/javascript.cjs')

const sandbox = await startSandbox()
const wx = createClient({ ...sandbox.options, allowedHosts: ['example.com'] })
const ticket = await wx.ticket()
const tables = [await lengths(wx, javascript.best(APP_ID, ticket)), distinct(wx)]
await wx.close()
await sandbox.stop()
tables.push(await manyClients(createClient), await manyProcesses(), await manyWorkers())
console.log(JSON.stringify({ groups: {}, tables }))
