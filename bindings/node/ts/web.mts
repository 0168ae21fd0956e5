// `import` of what `require` returns: the same functions.

export type * from './web.js'
export { wxsign } from './web.js'
