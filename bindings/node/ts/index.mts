// `import` of what `require` gives: the same objects, so that there is one WxSignError.

export * from './index.js'
