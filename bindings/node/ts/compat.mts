// `import` of what `require` returns: the same functions, so that there is one configuration.

export { configure, getAccessToken, getJsapiTicket, sign } from './compat.js'
export type * from './compat.js'
