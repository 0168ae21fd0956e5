// `import` of what `require` returns: the same functions.

export type * from './fastify.js'
export { wxsign } from './fastify.js'
