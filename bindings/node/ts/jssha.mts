// `import` of what `require` gives: the same constructor.

export { default } from './jssha.js'
