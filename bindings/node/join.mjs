// Runs behind the compiler. Makes one file of the public entry and the modules behind it,
// dist/index.js, and one of what the handlers share, dist/handlers.js: Node takes a quarter of a
// millisecond for each file that it loads.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'

const DIST = new URL('../../dist/', import.meta.url)
const { version, exports: entries } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
const named = Object.values(entries).flatMap((entry) => entry.require?.default ?? [])
// What Node is given by its name, and what a working program never needs.
const APART = [...named.map((file) => posix.basename(file, '.js')), 'bin', 'load-failure', 'runtime']
// How other files reach a module of dist/index.js, which has no name for strangers. Without the end
// `.js` some bundlers would take index.mjs.
const INSIDE = 'require("./index.js")[Symbol.for("wxsign.inside")]'

const RELATIVE = /\brequire\((["'])(\.\.?\/[\w/-]+)\1\)/g
const write = (name, code) => writeFileSync(new URL(`${name}.js`, DIST), code)
const target = (name, path) => posix.join(posix.dirname(name), path)
// Windows separates with another slash.
const found = readdirSync(DIST, { recursive: true }).map((name) => name.replaceAll('\\', '/'))
const all = found.filter((name) => name.endsWith('.js'))
const sources = new Map(all.map((file) => [file.slice(0, -3), readFileSync(new URL(file, DIST), 'utf8')]))
sources.set('load', sources.get('load').replace(/\bVERSION\b/, `'${version}'`))

/** These modules and all that they require, but for what stays apart. */
function closure(names) {
  const found = new Set(names)
  for (const name of found) {
    for (const [, , path] of sources.get(name).matchAll(RELATIVE)) {
      if (!APART.includes(target(name, path))) found.add(target(name, path))
    }
  }
  return found
}

const core = closure(['index'])
const handlers = [...closure(APART)].filter((name) => !core.has(name) && !APART.includes(name))

/** A module's code; what it requires of the joined modules is called as `calls` says. */
function rewritten(name, calls) {
  return sources.get(name).replace(RELATIVE, (_all, _quote, path) => {
    const wanted = target(name, path)
    if (core.has(wanted)) return `${calls.core}("${wanted}")`
    return handlers.includes(wanted) ? `${calls.handlers}("${wanted}")` : `require("./${wanted}.js")`
  })
}

/** Modules in one file, each made when it is first asked for. */
function joined(names, calls, end) {
  // In parentheses: V8 then compiles each at once, and does not read it twice.
  const modules = names.map((name) => `"${name}": (function (module, exports) {\n${rewritten(name, calls)}}),\n`)
  return `"use strict";
const modules = {
${modules.join('')}};
const made = {};
function inside(name) {
    if (made[name] === undefined) {
        made[name] = { exports: {} };
        try {
            modules[name](made[name], made[name].exports);
        }
        catch (error) {
            // As Node does it: the next one who asks has it tried again.
            made[name] = undefined;
            throw error;
        }
    }
    return made[name].exports;
}
${end}
`
}

const index = joined(
  [...core],
  { core: 'inside' },
  `Object.defineProperty(exports, Symbol.for("wxsign.inside"), { value: inside });
made.index = module;
modules.index(module, exports);`,
)
for (const name of APART) {
  if (name !== 'index') write(name, rewritten(name, { core: INSIDE, handlers: 'require("./handlers.js")' }))
}
write('index', index)
write('handlers', joined(handlers, { core: INSIDE, handlers: 'inside' }, 'module.exports = inside;'))
for (const name of sources.keys()) if (!APART.includes(name)) rmSync(new URL(`${name}.js`, DIST))
