// `import` of what `require` returns: the same functions.

export { wxsign } from './web.js'
export type * from './web.js'
