// `import` of what `require` returns: the same classes.

export type * from './nest.js'
export { WxSignModule, WxSignService } from './nest.js'
