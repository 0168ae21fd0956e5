// `import` of what `require` returns: the same function.

export type * from './wecom.js'
export { signatures } from './wecom.js'
