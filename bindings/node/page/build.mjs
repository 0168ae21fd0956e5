// Makes the classic script dist/page.js, which sets window.wxsign, of the module dist/page.mjs.

import { readFileSync, writeFileSync } from 'node:fs'

const dist = new URL('../../../dist/', import.meta.url)
const source = readFileSync(new URL('page.mjs', dist), 'utf8')
const names = [...source.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name]) => name)
const body = source.replace(/^export (?=(?:async )?function)/gm, '')
if (names.length === 0 || /^(import|export)\b/m.test(body)) throw new Error('page.mjs has other imports or exports')
writeFileSync(
  new URL('page.js', dist),
  `var wxsign = (function () {\n'use strict'\n${body}\nreturn { ${names.join(', ')} }\n})()\n`,
)
