// Node's own modules that the shared part uses, each loaded when it is first asked for: together they took a tenth of
// `require('wxsign')`, and most programs need them late or never.

export function diagnostics(): typeof import('node:diagnostics_channel') {
  return require('node:diagnostics_channel')
}

export function fs(): typeof import('node:fs') {
  return require('node:fs')
}

export function path(): typeof import('node:path') {
  return require('node:path')
}

export function util(): typeof import('node:util') {
  return require('node:util')
}
