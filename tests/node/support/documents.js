// The documents and the blocks of code in them.

const { readdirSync, readFileSync } = require('node:fs')
const { join } = require('node:path')

const ROOT = join(__dirname, '../../..')
const pages = (dir) => readdirSync(join(ROOT, dir)).filter((name) => name.endsWith('.md'))

/** The English pages. */
const ENGLISH = ['README.md', ...pages('docs').map((name) => `docs/${name}`)]
/** The Chinese ones. */
const CHINESE = ['README.zh-CN.md', ...pages('docs/zh').map((name) => `docs/zh/${name}`)]

const read = (name) => readFileSync(join(ROOT, name), 'utf8')

/** The fenced blocks of a text, with their fences. */
const blocks = (text) => text.match(/^```.*?^```$/gms) ?? []

/** The text without its fenced blocks. */
const prose = (text) => text.replace(/^```.*?^```$/gms, '')

/**
 * The blocks of a page that a reader runs in Node or in a browser: `page`, `line`, `language` and
 * `code`. A block after a comment `<!-- not run: why -->` is left out.
 */
function examples(page, languages) {
  const text = read(page)
  const found = []
  for (const match of text.matchAll(/(<!-- not run: [^\n]+ -->\n+)?^```(\w+)[^\n]*\n(.*?)^```$/gms)) {
    const [whole, skipped, language, code] = match
    if (skipped || !languages.includes(language)) continue
    const line = text.slice(0, match.index + whole.indexOf('```')).split('\n').length
    found.push({ page, line, language, code })
  }
  return found
}

module.exports = { ROOT, ENGLISH, CHINESE, read, blocks, prose, examples }
