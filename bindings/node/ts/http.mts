// `import` of what `require` returns: the same functions.

export { wxsign } from './http.js'
export type * from './http.js'
