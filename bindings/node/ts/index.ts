// The public entry: everything that `require('wxsign')` gives.

export type { Client, ConfigOptions, WaitOptions, WxConfig } from './client'
export { createClient } from './client'
export { clientFromEnv } from './env'
export type { Code } from './error'
export { WxSignError } from './error'
export type { ClientEvent } from './event'
export type { AccessTokenFunction, ClientOptions, StoreOption } from './options'
export type { Signed, SignInput } from './sign'
export { sign } from './sign'
export type { CredentialState, State } from './state'
