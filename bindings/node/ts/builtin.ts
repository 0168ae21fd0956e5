// Node's own modules, each loaded at its first use and without `require` if the runtime has another
// way: a bundler that makes one ES module of these files leaves no `require` in it.

/** `node:crypto`. */
export function crypto(): typeof import('node:crypto') {
  return process.getBuiltinModule?.('node:crypto') ?? require('node:crypto')
}

/** `node:diagnostics_channel`. */
export function diagnostics(): typeof import('node:diagnostics_channel') {
  return process.getBuiltinModule?.('node:diagnostics_channel') ?? require('node:diagnostics_channel')
}

/** `node:fs`. */
export function fs(): typeof import('node:fs') {
  return process.getBuiltinModule?.('node:fs') ?? require('node:fs')
}

/** `node:module`. */
export function modules(): typeof import('node:module') {
  return process.getBuiltinModule?.('node:module') ?? require('node:module')
}

/** `node:path`. */
export function path(): typeof import('node:path') {
  return process.getBuiltinModule?.('node:path') ?? require('node:path')
}

/** `node:util`. */
export function util(): typeof import('node:util') {
  return process.getBuiltinModule?.('node:util') ?? require('node:util')
}
