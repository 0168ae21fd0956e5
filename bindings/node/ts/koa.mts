// `import` of what `require` returns: the same functions.

export type * from './koa.js'
export { wxsign } from './koa.js'
