// `import` of what `require` gives: the same functions.

export * from './http.js'
