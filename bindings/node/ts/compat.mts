// `import` of what `require` gives: the same functions, so that there is one configuration.

export * from './compat.js'
