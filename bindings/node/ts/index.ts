// The public entry: everything that `require('wxsign')` gives.

export { type Client, type ConfigOptions, createClient, type WaitOptions, type WxConfig } from './client'
export { clientFromEnv } from './env'
export { type Code, WxSignError } from './error'
export type { ClientEvent } from './event'
export type { AccessTokenFunction, ClientOptions, StoreOption } from './options'
export { type Signed, type SignInput, sign } from './sign'
export type { CredentialState, State } from './state'
