// `import` of what `require` returns: the same functions, so that there is one configuration.

export type * from './compat.js'
export { configure, getAccessToken, getJsapiTicket, sign } from './compat.js'
