// `import` of what `require` returns: the same functions.

export { wxsign } from './express.js'
export type * from './express.js'
