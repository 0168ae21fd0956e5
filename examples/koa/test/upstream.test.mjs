// What the routes answer while WeChat refuses or fails.

import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, test } from 'node:test'

import { startProject } from './project.mjs'

const PAGE = 'https://shop.example.com/'
// A failure is remembered for a minute, so every test starts its own project.
let project
let logged = []
const { error } = console

beforeEach(async () => {
  logged = []
  console.error = (...words) => logged.push(words.join(' '))
  project = await startProject()
})
afterEach(() => project.stop())
after(() => {
  console.error = error
})

async function failure(fault) {
  await project.control('fault', fault)
  const answer = await project.ask('/config', PAGE)
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: await answer.json() }
}

test('a used-up quota is 503 with Retry-After', async () => {
  const { status, retryAfter, body } = await failure({ endpoint: 'any', kind: 'errcode', errcode: 45011 })
  assert.deepEqual([status, body.code], [503, 'QUOTA_EXCEEDED'])
  assert.match(retryAfter, /^[1-9]\d*$/)
})

test('an outage is 503 with Retry-After', async () => {
  const { status, retryAfter, body } = await failure({ endpoint: 'any', kind: 'status', status: 502 })
  assert.deepEqual([status, body.code], [503, 'UPSTREAM_BUSY'])
  assert.match(retryAfter, /^[1-9]\d*$/)
})

/** A refused address is 502; the visitor learns the code alone, the log says what to do. */
test('a refused address is 502, explained in the log', async () => {
  const { status, retryAfter, body } = await failure({ endpoint: 'any', kind: 'errcode', errcode: 40164 })
  assert.deepEqual([status, retryAfter, body.code], [502, null, 'IP_NOT_ALLOWED'])
  assert.match(logged.join('\n'), /IP_NOT_ALLOWED[\s\S]*IP/)
})

test('/legacy/config fails in the same way', async () => {
  await project.control('fault', { endpoint: 'getticket', kind: 'errcode', errcode: 48001 })
  const answer = await project.ask('/legacy/config', PAGE)
  assert.deepEqual([answer.status, (await answer.json()).code], [502, 'PERMISSION_DENIED'])
})
