// `import` of what `require` returns: the same functions.

export { wxsign } from './fastify.js'
export type * from './fastify.js'
