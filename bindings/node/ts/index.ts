// The public entry: everything that `require('wxsign')` gives.

export type { Client, ConfigOptions, WaitOptions, WxConfig } from './client'
export type { Code } from './error'
export type { ClientEvent } from './event'
export type { AccessTokenFunction, ClientOptions, StoreOption } from './options'
export { clientFromEnv, createClient, sign, WxSignError } from './shared'
export type { Signed, SignInput } from './sign'
export type { CredentialState, State } from './state'
