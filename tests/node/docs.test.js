// The documents: English and Chinese pages agree, links lead somewhere, and tables name what wxsign
// has.

const assert = require('node:assert/strict')
const { existsSync, readdirSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { test } = require('node:test')
const { ROOT, ENGLISH, CHINESE, read, blocks, prose } = require('./support/documents')

const links = (text) =>
  [
    ...prose(text)
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)]+)\)|src="([^"]+)"/g),
  ].map(([, to, image]) => to ?? image)

// Each English page with its Chinese twin.
const TWINS = ENGLISH.map((name) => [
  name,
  name === 'README.md' ? 'README.zh-CN.md' : name.replace('docs/', 'docs/zh/'),
])

// All pages. The notices of others are in their own words.
const PAGES = [
  ...ENGLISH,
  ...CHINESE,
  ...['CHANGELOG', 'CODE_OF_CONDUCT', 'CONTRIBUTING', 'RELEASING', 'SECURITY'].map((name) => `${name}.md`),
  ...['bindings/c', 'bindings/go', 'examples/koa', 'sandbox', 'tests/browser', 'tests/vectors'].map(
    (dir) => `${dir}/README.md`,
  ),
]

/** A block of code without its comments, which are Chinese in the Chinese pages. */
function bare(block) {
  const [fence] = block.split('\n')
  const lines = block.replace(/\/\*.*?\*\//gs, '').split('\n')
  const comment = /^```(sh|bash|toml|yaml|yml|dockerfile|ini|text|python|make)/i.test(fence)
    ? /(^|\s)#.*$/
    : /(^|\s)\/\/.*$/
  return lines.map((line) => line.replace(comment, '').trimEnd()).filter((line) => line !== '')
}

test('a Chinese page has the code of its English twin', () => {
  for (const [english, chinese] of TWINS) {
    assert.deepEqual(blocks(read(chinese)).map(bare), blocks(read(english)).map(bare), chinese)
  }
})

test('a Chinese page has the shape of its English twin', () => {
  // A heading's level, a row's number of cells, an entry of a list.
  const shape = (text) =>
    prose(text)
      .split('\n')
      .filter((line) => /^(#|\||- |\d+\. )/.test(line))
      .map((line) =>
        line.startsWith('|') ? line.replace(/`[^`]*`/g, '').split('|').length : /^[#\d.-]+/.exec(line)[0],
      )
  for (const [english, chinese] of TWINS) assert.deepEqual(shape(read(chinese)), shape(read(english)), chinese)
})

test('tables name the same code in both languages', () => {
  const codes = (text) =>
    prose(text)
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => (line.match(/`[^`]+`/g) ?? []).toSorted().join(' '))
  for (const [english, chinese] of TWINS) assert.deepEqual(codes(read(chinese)), codes(read(english)), chinese)
})

test('each task is shown in Node, Go, Rust and C', () => {
  for (const task of ['quick-start', 'several-machines', 'errors', 'diagnosis', 'deployment']) {
    const shown = blocks(read(`docs/${task}.md`)).map((block) => /^```(\w*)/.exec(block)[1])
    for (const language of ['js', 'go', 'rust', 'c']) assert.ok(shown.includes(language), `${task}: ${language}`)
  }
})

// With the width of a Latin letter, beside a Chinese character.
const HALF_WIDTH = /[\u4e00-\u9fff][,:;()!?]|[,:;()!?][\u4e00-\u9fff]/

/** In English pages too: they name what Chinese consoles show. */
test('no half-width punctuation stands beside Chinese', () => {
  for (const name of PAGES) {
    const text = prose(read(name))
      .replace(/`[^`\n]*`/g, '`')
      .replace(/\]\([^)]*\)/g, ']')
    for (const line of text.split('\n')) assert.doesNotMatch(line, HALF_WIDTH, `${name}: ${line}`)
    for (const comment of blocks(read(name)).flatMap(
      (block) => block.match(/(\/\/|\/\*|#) .*[\u4e00-\u9fff].*/g) ?? [],
    ))
      assert.doesNotMatch(comment, HALF_WIDTH, `${name}: ${comment}`)
  }
})

/** One word for one thing: the addon, a listener, the stand-in for WeChat. */
test('Chinese pages have one word for one thing', () => {
  const others = /原生文件|原生模块|监听者|监听器|沙箱|模拟的[^，。；：、（）]{0,6}服务|\*\*[^*\n]*：\*\*/
  for (const [, chinese] of TWINS) assert.doesNotMatch(prose(read(chinese)), others, chinese)
})

/** What a page says of the fault matrix, of the fuzz checks and of the speed is what the tests and the bench have. */
test('the figures in the pages are those of the sources', () => {
  const says = (name, text) => assert.ok(read(name).replace(/\s+/g, ' ').includes(text), `${name}: ${text}`)
  const { count, cells } = JSON.parse(read('tests/matrix/cells.json'))
  const faults = new Set(
    cells.map(({ token_api: api, fault }) => JSON.stringify([api === 'work', { ...fault, endpoint: null }])),
  )
  const inputs = /size\((\d+)_000, /.exec(read('src/mutants.rs'))[1]
  says('docs/reliability.md', `${count} cells`)
  says('docs/reliability.md', `${count} cells and ${faults.size} at C`)
  says('docs/zh/reliability.md', `${count} 格和 C 的 ${faults.size} 格`)
  says('CHANGELOG.md', `matrix of ${count} cells`)
  const { length: refused } = JSON.parse(read('tests/vectors/requests.json')).refused
  says('docs/reliability.md', `${refused} rows of [`)
  says('docs/zh/reliability.md', `的 ${refused} 行`)
  for (const name of ['docs/reliability.md', 'CHANGELOG.md', 'CONTRIBUTING.md']) says(name, `${inputs},000`)
  const table = read('docs/performance.md')
  const row = (name) =>
    table
      .split('\n')
      .find((line) => line.startsWith(`| ${name} `))
      ?.split('|')
      .map((cell) => cell.trim())
  const { gates } = JSON.parse(read('bench/gates.json'))
  for (const { name, least, most } of gates) assert.equal(row(name)?.[2], least ? `≥ ${least}` : `≤ ${most}`, name)
  const measured = (name) => row(name)[4]
  const sync = measured('tryConfig(url) against the best JavaScript')
  const koa = Number(measured("Koa: requests a second over the tutorial's")).toFixed(1)
  says('README.md', `is ${sync} times as fast`)
  says('README.zh-CN.md', `的 ${sync} 倍`)
  says('README.md', `answers ${koa} times as many requests`)
  says('README.zh-CN.md', `原来的 ${koa} 倍`)
})

const LIMITS = `
credential/mod       | MAX_STALE_TICKET_MS: i64 = 600_000         | architecture     | its last ten minutes     | 最后十分钟
credential/freshness | MAX_EXPIRING_MS: i64 = 60_000              | architecture     | its last minute          | 最后一分钟
credential/record    | MAX_CHECK_MS: i64 = 120_000                | several-machines | ticket every two minutes | 每两分钟一次
credential/refetch   | MIN_FORCE_PAUSE_MS: i64 = 600_000          | reliability      | refresh in ten minutes   | 十分钟内 ≤ 1 次
refresh/guard        | MAX_FLIGHT_MS: i64 = 9_000                 | architecture     | flight has nine seconds  | 一次获取有九秒
refresh/guard        | MAX_FLIGHT_MS: i64 = 9_000                 | options          | promise and has nine     | 限时九秒
refresh/guard        | MAX_FLIGHT_MS: i64 = 9_000                 | reliability      | their nine seconds       | 九秒的计时
refresh/guard        | WATCHDOG_SLACK_MS: i64 = 1_000             | architecture     | a second after that      | 再过一秒
refresh/requests     | MAX_REQUESTS: u32 = 3                      | errors           | three times, then once   | 先试三次
refresh/cooldowns    | _ => MINUTE_MS                             | architecture     | one request a minute     | 每分钟最多一次请求
refresh/store_access | PROBE_AFTER: Duration = Duration::from_secs(10) | reliability | ten seconds a probe      | 每十秒
store/mod            | MAX_STEP: Duration = Duration::from_secs(1) | deployment      | each step has a second   | 每一步最多一秒
threads/account      | USUAL_STEP: Duration = Duration::from_millis(250) | architecture | after 250 ms          | 250 毫秒
threads/permit       | MAX_FURTHER_FLIGHTS: usize = 256           | reliability      | From 256 flights on      | 超过 256 次
client/mod           | DEFAULT_TIMEOUT: Duration = Duration::from_secs(10) | rust    | (10 s)                   | （10 秒）
upstream/hosts       | MEMORY_MS: i64 = 600_000                   | options          | for ten minutes          | 十分钟里优先
`

/** The sources have each number once. Whoever changes it finds here the pages that name it. */
test('the pages name the limits that the sources have', () => {
  for (const row of LIMITS.trim().split('\n')) {
    const [file, constant, page, english, chinese] = row.split('|').map((cell) => cell.trim())
    for (const [name, text] of [
      [`src/${file}.rs`, constant],
      [`docs/${page}.md`, english],
      [`docs/zh/${page}.md`, chinese],
    ]) {
      assert.ok(read(name).replace(/\s+/g, ' ').includes(text), `${name} has no "${text}", which belongs to ${row}`)
    }
  }
})

/** Hints and messages in both languages, and the demo: a text with Chinese and a space or a full-width mark. */
test('no half-width punctuation in what programs print', () => {
  // Not `recursive`: that follows links, and a package's node_modules may lead back here.
  const filesOf = (dir, ends) =>
    readdirSync(join(ROOT, dir), { withFileTypes: true })
      .filter(({ name }) => !/^node_modules$|\btests?\b|^fuzz\.rs$/.test(name))
      .flatMap((entry) => {
        const path = join(dir, entry.name)
        if (entry.isDirectory()) return filesOf(path, ends)
        return ends.some((end) => path.endsWith(end)) ? [path] : []
      })
  const texts = [
    ...[...filesOf('src', ['.rs']), ...filesOf('cli/src', ['.rs']), ...filesOf('sandbox/src', ['.rs'])].flatMap(
      (file) => (read(file).match(/"(?:[^"\\]|\\.)*"/gs) ?? []).map((text) => [file, text]),
    ),
    ...[...filesOf('examples/koa', ['.html', '.mjs', '.js']), ...filesOf('bindings/node/ts', ['.ts'])].flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line) => line.match(/'[^']*'|>[^<]*</g) ?? [])
        .map((text) => [file, text]),
    ),
  ].filter(([, text]) => /[\u4e00-\u9fff]/.test(text) && /[ 。，：；（]/.test(text.slice(1, -1)))
  assert.ok(texts.length > 150, `${texts.length} Chinese texts`)
  for (const [file, text] of texts) assert.doesNotMatch(text.replace(/`[^`]*`/g, '`'), HALF_WIDTH, `${file}: ${text}`)
})

/** The anchors of a page's headings, as GitHub makes them. */
const anchors = (text) =>
  [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )

test('every link of the documents leads to its place', () => {
  for (const name of PAGES) {
    for (const to of links(read(name)).filter((to) => !/^https?:/.test(to))) {
      const [path, anchor] = to.split('#')
      const file = path === '' ? name : join(dirname(name), path)
      assert.ok(existsSync(join(ROOT, file)), `${name}: ${to}`)
      if (anchor !== undefined) assert.ok(anchors(read(file)).includes(anchor), `${name}: ${to}`)
    }
  }
})

test('every file that a document names is there', () => {
  // A tag, and what the fuzzers find.
  const made = ['bindings/go/vX.Y.Z', 'fuzz/artifacts']
  const pattern = /`((?:bench|bindings|cli|docs|examples|fuzz|include|sandbox|src|tests)\/[\w./-]*)`/g
  for (const name of PAGES) {
    for (const [, path] of prose(read(name)).matchAll(pattern)) {
      const isThere = [ROOT, join(ROOT, dirname(name))].some((dir) => existsSync(join(dir, path)))
      assert.ok(made.includes(path) || isThere, `${name}: ${path}`)
    }
  }
})

/** `store::file::tests`: folders and files of src, then a module or the beginning of a test's name in the file. */
test('every module that a document names is there', () => {
  let found = 0
  for (const name of PAGES) {
    for (const [, path] of prose(read(name)).matchAll(/`((?!(?:wxsign|tokio|std)::)(?:[a-z_]+::)+[a-z_]+)…?`/g)) {
      let place = 'src'
      const rest = path.split('::')
      while (rest.length > 0 && existsSync(join(ROOT, place, rest[0]))) place = join(place, rest.shift())
      const file = [`${place}/${rest[0]}.rs`, `${place}/mod.rs`].find((file) => existsSync(join(ROOT, file)))
      if (file?.endsWith(`/${rest[0]}.rs`)) rest.shift()
      assert.ok(file, `${name}: ${path}`)
      for (const word of rest) assert.match(read(file), new RegExp(`\\b(mod|fn) ${word}`), `${name}: ${path}`)
      found++
    }
  }
  assert.ok(found > 50, `${found} modules`)
})

test('a Chinese page leads to Chinese pages', () => {
  for (const [, chinese] of TWINS) {
    for (const to of links(read(chinese)).filter((to) => to.includes('.md'))) {
      const file = join(dirname(chinese), to.split('#')[0])
      const twin = TWINS.find(([english]) => english === file)
      assert.ok(twin === undefined || twin[0] === 'README.md', `${chinese}: ${to}, and not ${twin?.[1]}`)
    }
  }
})

/** The code of every `@example` in the doc comments, which an editor shows. */
function commentExamples() {
  const files = ['ts', 'page'].flatMap((dir) =>
    readdirSync(join(ROOT, 'bindings/node', dir), { recursive: true }).map((name) => `bindings/node/${dir}/${name}`),
  )
  return files
    .filter((file) => /\.m?ts$/.test(file))
    .flatMap((file) =>
      [...read(file).matchAll(/^ *\* @example\n(.*?)^ *\*(?:\/| @)/gms)].map(([, lines]) => [
        file,
        lines.replace(/^ *\* ?/gm, ''),
      ]),
    )
}

/** A comment that was wrapped anew must not have broken its code. */
test('the examples in doc comments are code', () => {
  const AsyncFunction = (async () => {}).constructor
  const found = commentExamples()
  assert.ok(found.length >= 15, `${found.length} examples`)
  for (const [file, example] of found) {
    const code = example
      .replace(
        /^import (\{[^}]+\}|\w+|\* as \w+) from ('[^']+')$/gm,
        (_, names, from) => `const ${names.replace('* as ', '')} = await import(${from})`,
      )
      // A decorator is TypeScript's.
      .replace(/^\\@.*\n/gm, '')
    assert.doesNotThrow(() => new AsyncFunction(code), `${file}:\n${example}`)
    const statements = code.replace(/\/\/.*/g, '').trim()
    assert.notEqual(statements, '', `${file}: a comment alone\n${example}`)
    for (const line of example.split('\n')) assert.ok(line.length <= 97, `${file}: ${line}`)
  }
})

/** Every option of every binding has its row, and every row an option. */
test('the tables name every option of every binding', () => {
  const { createClient } = require('wxsign')
  const { wxsign } = require('wxsign/web')
  // The error for an unknown name lists the known ones.
  const known = (call) => {
    try {
      call({ nothing: 1 })
    } catch ({ message }) {
      return /one of (.*)$/.exec(message)[1].split(', ')
    }
  }
  const client = createClient({ appId: 'wx1', accessToken: 'token', store: 'memory' })
  const ofCall = known((options) => client.tryConfig('https://example.com/', options))
  const ofClient = known(createClient)
  const goNames = ['options', 'config', 'handler'].map((name) => read(`bindings/go/${name}.go`)).join('\n')
  const matches = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name)
  const inPage = /interface ConfigureOptions \{(.*?)^\}/ms.exec(read('bindings/node/page/page.mts'))[1]
  const want = {
    'A client in Node': ofClient,
    'A handler in Node': known(wxsign).filter((name) => !ofClient.includes(name)),
    'A call in Node': ofCall,
    Go: matches(goNames, /^func (With\w+)\(/gm),
    Rust: matches(read('src/client/builder.rs'), /pub fn (\w+)(?:<[^(]*>)?\(mut self/g),
    'C and C++': [...new Set(matches(read('include/wxsign.h'), /\b(wxsign_options_(?:set|add)_\w+)\(\w/g))],
  }
  const rowsOf = (text, title) => {
    const section = text.split(/^## /m).find((section) => section.startsWith(`${title}\n`))
    assert.ok(section, title)
    return matches(section, /^\| `(\w+)` \|/gm)
  }
  const options = read('docs/options.md')
  for (const [title, names] of Object.entries(want)) {
    assert.deepEqual(rowsOf(options, title).toSorted(), names.toSorted(), title)
  }
  const page = matches(inPage, /^ {2}(\w+)\??:/gm)
  assert.deepEqual(rowsOf(read('docs/single-page-apps.md'), 'With `wxsign/page`').toSorted(), page.toSorted())
})

/** Every variable that the addon or the command reads is documented. */
test('the tables name every variable that is read', () => {
  const variables = (text) => new Set(text.match(/\b(?:WX_[A-Z_]+|WXSIGN_STORE)\b/g))
  const [ofClient, ofCommand] = [read('docs/options.md'), read('docs/cli.md')].map(variables)
  for (const name of variables(read('bindings/node/ts/env.ts'))) assert.ok(ofClient.has(name), name)
  const sources = readdirSync(join(ROOT, 'cli/src'), { recursive: true }).filter((name) => name.endsWith('.rs'))
  for (const file of sources)
    for (const name of variables(read(`cli/src/${file}`))) assert.ok(ofCommand.has(name), name)
})

/** Every errcode and code that is documented is one that the core knows. */
test("every documented code is one of the core's", () => {
  const known = read('src/upstream/errcode.rs') + read('src/error/hint.rs')
  const text = read('docs/errors.md')
  const rows = [...text.matchAll(/^\| ([-\d, ]+)(?: at the ticket)? \|/gm)]
  assert.ok(rows.length > 12)
  for (const [, errcodes] of rows)
    for (const errcode of errcodes.split(','))
      assert.match(known, new RegExp(`\\b${errcode.trim().replace('-', '')}\\b`))
  const codes = read('src/error/code.rs').match(/(?<== \d+, ")[A-Z_]+(?=")/g)
  assert.ok(codes.length >= 18)
  for (const code of codes) assert.ok(text.includes(`\n## ${code}\n`), `${code} is missing`)
})
