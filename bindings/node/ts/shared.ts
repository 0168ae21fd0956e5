// What the entries share. At run time it comes out of dist/index.js (see main.ts and ../bundle.mjs): a file of its own
// would cost the start of every program a quarter of a millisecond.

export * as check from './check'
export { Client, createClient } from './client'
export { optionsFromEnv } from './env'
export { fail, invalid, WxSignError } from './error'
export { hot, native, shapes } from './native'
export { OPTION_NAMES } from './options'
export { sign } from './sign'
