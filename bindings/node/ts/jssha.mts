// `import` of what `require` returns: the same constructor.

export { default } from './jssha.js'
