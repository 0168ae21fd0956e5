// What the entries share. The build makes one file of it: each further one would cost the start of every program a
// quarter of a millisecond.

export * as check from './check'
export { Client, createClient } from './client'
export { clientFromEnv, optionsFromEnv } from './env'
export { fail, invalid, WxSignError } from './error'
export { candidates } from './load'
export { hot, native } from './native'
export { OPTION_NAMES } from './options'
export { sign } from './sign'
