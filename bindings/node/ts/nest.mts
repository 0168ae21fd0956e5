// `import` of what `require` returns: the same classes.

export { WxSignModule, WxSignService } from './nest.js'
export type * from './nest.js'
