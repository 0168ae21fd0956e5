// Checks of failures: each is a WxSignError with the code that was expected, and is given back for
// more questions.

const assert = require('node:assert/strict')
const { WxSignError } = require('wxsign')

function check(error, code) {
  assert.ok(error instanceof WxSignError, `a WxSignError and not ${error?.stack ?? error}`)
  assert.equal(error.code, code, error.message)
  assert.equal(error.name, 'WxSignError')
  assert.ok(error.message.length > 5 && error.hint.endsWith('.') && error.hintZh.endsWith('。'))
  assert.equal(typeof error.retryable, 'boolean')
  return error
}

/** The failure of a promise. */
async function rejects(promise, code) {
  // An async function that throws at once instead of rejecting would break callers that only
  // catch().
  assert.ok(promise instanceof Promise)
  return promise.then(
    (value) => assert.fail(`${code} was expected, and there was a ${typeof value}`),
    (error) => check(error, code),
  )
}

/** The failure of a call. */
function throws(call, code) {
  let value
  try {
    value = call()
  } catch (error) {
    return check(error, code)
  }
  return assert.fail(`${code} was expected, and there was a ${typeof value}`)
}

module.exports = { rejects, throws }
