// `import` of what `require` returns: the same functions.

export type * from './express.js'
export { wxsign } from './express.js'
