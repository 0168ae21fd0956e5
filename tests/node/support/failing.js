// Functions that fail in every way that a caller's own function may: each throws, rejects, or
// returns a thenable that does.

const error = (message) => new Error(message)

/** An error whose message cannot be read. */
function unreadable() {
  return Object.defineProperty(new Error(), 'message', {
    get() {
      throw error('unreadable')
    },
  })
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

// Nothing here may be turned into text without care.
const THROWN = [
  () => error('a fault'),
  () => Object.create(null),
  () => ({ errcode: 40001 }),
  () => Symbol('s'),
  () => undefined,
  () => null,
  () => 7n,
  unreadable,
  revoked,
  () => new Proxy(error('x'), { getPrototypeOf: () => null, get: () => Symbol('x') }),
]

/** The functions. */
const FAILING = [
  ...THROWN.map((make) => () => {
    throw make()
  }),
  ...THROWN.map((make) => async () => {
    throw make()
  }),
  () => ({
    // biome-ignore lint/suspicious/noThenProperty: the thenable is the test
    get then() {
      throw error('a getter')
    },
  }),
  () => ({
    // biome-ignore lint/suspicious/noThenProperty: the thenable is the test
    then() {
      throw error('a thenable')
    },
  }),
  // biome-ignore lint/suspicious/noThenProperty: the thenable is the test
  () => ({ then: (_, reject) => reject(Symbol('x')) }),
]

module.exports = { FAILING, THROWN }
