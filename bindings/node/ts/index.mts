// `import` of what `require` returns: the same objects, so that there is one WxSignError. The names
// are written out for bundlers, which do not see those of a CommonJS module.

export type * from './index.js'
export { cardSign, clientFromEnv, createClient, explain, sign, WxSignError } from './index.js'
