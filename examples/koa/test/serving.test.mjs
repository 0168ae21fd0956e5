// The demo that goes on: it serves until it is stopped, and leaves nothing behind.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { start } from './program.mjs'

/** Starts a demo that goes on, and waits until it says so. */
async function serving() {
  const program = start({ DEMO_ONCE: '0' })
  for (let waited = 0; !program.output.includes('Ctrl-C'); waited += 20) {
    assert.ok(waited < 20_000 && program.child.exitCode === null, program.output)
    await sleep(20)
  }
  const [page, sandbox] = program.output.match(/http:\/\/127\.0\.0\.1:\d+/g)
  return { ...program, page, sandbox }
}

async function answers(address) {
  return fetch(address).then(
    () => true,
    () => false,
  )
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`${signal} ends it with 0, and the sandbox with it`, async () => {
    const { child, closed, page, sandbox } = await serving()
    assert.ok((await answers(page)) && (await answers(sandbox)))
    // A browser keeps its connection open; that must not hold it up.
    const begun = Date.now()
    child.kill(signal)
    assert.equal(await closed, 0)
    assert.ok(Date.now() - begun < 2000)
    assert.ok(!(await answers(page)) && !(await answers(sandbox)))
  })
}

/** Killed without a warning it still leaves no sandbox behind. */
test('a killed demo leaves no sandbox behind', async () => {
  const { child, closed, sandbox } = await serving()
  child.kill('SIGKILL')
  await closed
  for (let waited = 0; await answers(sandbox); waited += 50) {
    assert.ok(waited < 5000)
    await sleep(50)
  }
})

test('when the sandbox ends, it says so and fails', async () => {
  const program = await serving()
  await fetch(`${program.sandbox}/_sandbox/stop`, { method: 'POST' })
  assert.equal(await program.closed, 1)
})
