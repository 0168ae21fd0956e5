// `import` of what `require` returns: the same functions.

export { wxsign } from './koa.js'
export type * from './koa.js'
