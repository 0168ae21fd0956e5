// `import` of what `require` returns.

export type * from './testing.js'
export { startMock } from './testing.js'
