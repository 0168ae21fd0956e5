// `import` of what `require` returns: the same functions.

export type * from './http.js'
export { wxsign } from './http.js'
