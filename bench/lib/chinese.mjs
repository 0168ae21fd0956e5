// The report in Chinese: every heading, paragraph and cell of it has its translation here. Numbers
// and code stay as they are. A text without a translation is an error, so that the Chinese page is
// never half English.

/** Paragraphs, by how they begin. */
const PARAGRAPHS = {
  'Written by `make bench-report`':
    '本页由 `make bench-report` 生成。有意义的只有倍数：它们是各轮的中位数，每一轮里所有方案轮流运行，同一种语言的方案在同一个进程里。绝对时间是某一台机器在某一天的结果，会随机器上的其他负载变化。「中间一半」是各轮的第一四分位数到第三四分位数。',
  '`BENCH_ROUNDS=40` takes fewer': '`BENCH_ROUNDS=40` 减少轮数，`BENCH_ONLY=node,rust` 只跑其中几部分。',
  'Best JavaScript: `crypto.hash`':
    '「最好的 JavaScript」：一次 `crypto.hash` 调用，随机串从成批取来的强随机数里截取，时间戳的文本每秒只生成一次；它不做检查，也不保管 ticket。教程一栏是我们按照[教程](migration.md)的写法自己写的基准。',
  'What a page is answered, with nonce':
    '返回给页面的全部内容，含随机串和时间戳；客户端还检查网址和域名，并保管 ticket。「调优」指：手工拼接文本，成批取随机串，查表输出十六进制数字。',
  'As in C.': '内容同 C。',
  'The blocks alone: the three': '「只算分组」：这个长度的签名无论如何都要算的三个 SHA-1 分组。',
  'Each client has its own account':
    '每个客户端有自己的账号，轮流签名。各进程共用一份文件存储；进程和网址两项是一次签名占用处理器的时间。签过的网址不会留下任何内容。',
  'A signature that no known mistake':
    '签名不是任何已知错误造成的：`explain` 逐个、再两两尝试每种错误。应当少于 50 毫秒。有 ticket 时，网址合计超过 400 个字符就不再两两尝试；比较两个网址时，页面网址超过 250 个字符就只指出不同的部分。',
  '`require()` in fresh processes':
    '在新启动的进程里执行 `require()`；wxsign 按 npm 的方式安装，分别按路径和按名字加载：第一个带 `exports` 的包按名字加载时，Node 要先加载对应的解析器。教程需要 `jssha` 和 `request`。',
  '`GET /config?url=`, 64 connections':
    '`GET /config?url=`，本机 64 个连接；服务端和访客在各自的进程里，每轮 0.2 秒。教程的服务端每个请求读两个文件，用 jssha 1.5.0 签名。与把 ticket 放在内存里的 JavaScript 相比，访客感觉不到差别：时间几乎都花在 Koa 上。',
  'For machines whose processor':
    '只对处理器带 SHA-1 指令的机器有效。达不到，或者无法判断（轮数太少、没有这种指令、机器太忙），`make bench-check` 都会失败。`node bench/run.mjs --check` 的退出码分别是 1 和 2。',
}

/** The paragraph with numbers. */
const PATTERNS = [
  [
    /^Measured on: (.*); (\d+) rounds; in Node three times those, in three processes; of servers and fresh processes (\d+)\.$/,
    (machine, rounds, slow) =>
      `测试环境：${onMachine(machine)}；${rounds} 轮，Node 是三倍，分在三个进程里；服务端和新进程 ${slow} 轮。`,
  ],
]

/** Headings and cells. */
const WORDS = {
  Performance: '性能',
  'Node: a call that does not wait': 'Node：不等待的调用',
  'Node: an awaited call': 'Node：等待型调用',
  'Explaining a signature': '解释签名',
  'a URL of 120 characters': '120 个字符的网址',
  'a URL of 500': '500 个字符的网址',
  'a URL of 250, and two of realAuthUrl': '250 个字符的网址，realAuthUrl 有两个',
  'a URL of 500, and two of realAuthUrl': '500 个字符的网址，realAuthUrl 有两个',
  'a URL of 8,000, and two of realAuthUrl': '8,000 个字符的网址，realAuthUrl 有两个',
  'Loading the packages': '加载包',
  'A Koa server': 'Koa 服务',
  'What is promised': '承诺',
  ns: '纳秒',
  ms: '毫秒',
  'middle half': '中间一半',
  '× wxsign': '× wxsign',
  'MiB added': '增加的 MiB',
  'requests a second': '每秒请求数',
  'ms that the slowest hundredth waits': '最慢的百分之一等待的毫秒数',
  'µs of a processor for a request': '每个请求占用处理器的微秒数',
  '% of the machine that other programs took': '其他程序占用机器的百分比',
  promised: '承诺',
  aim: '目标',
  measured: '实测',
  holds: '达到',
  'falls short': '未达到',
  'best JavaScript': '最好的 JavaScript',
  'the best JavaScript': '最好的 JavaScript',
  'best JavaScript, clock set by a timer': '最好的 JavaScript，时钟由定时器更新',
  'best JavaScript, sign alone': '最好的 JavaScript，只签名',
  'best JavaScript, a ticket in memory': '最好的 JavaScript，ticket 在内存里',
  'createHash and a template': 'createHash 加模板字符串',
  'co-wechat-api (awaited)': 'co-wechat-api（等待型）',
  'wechat-jssdk, generateSignature': 'wechat-jssdk，generateSignature',
  'wechat-jssdk, its cache hit': 'wechat-jssdk，命中缓存',
  'the tutorial': '教程',
  'the tutorial on jssha 3': '教程，用 jssha 3',
  'the tutorial (jssha 1.5.0)': '教程（jssha 1.5.0）',
  'the tutorial, with its file read': '教程，读取它的文件',
  "the tutorial's server": '教程的服务端',
  'one that signs nothing': '不签名的服务端',
  'the SHA-1 blocks alone': '只算 SHA-1 分组',
  'format! and sha1': 'format! 加 sha1',
  'OpenSSL, fetched algorithm, tuned': 'OpenSSL，预先取得算法，调优',
  'OpenSSL SHA1(), tuned': 'OpenSSL SHA1()，调优',
  "OpenSSL's SHA1(), tuned": 'OpenSSL 的 SHA1()，调优',
  'OpenSSL, typical program': 'OpenSSL，常见写法',
  'crypto/sha1, tuned': 'crypto/sha1，调优',
  'tuned crypto/sha1': '调优的 crypto/sha1',
  'crypto/sha1, typical program': 'crypto/sha1，常见写法',
  'a typical program': '常见写法',
  'an empty package': '空的包',
  'wxsign, by its name': 'wxsign，按名字',
  'jssha and request': 'jssha 和 request',
  addon: '原生插件',
  'the addon, in MB': '原生插件，MB',
  'memory added': '增加的内存',
  sign: 'sign',
  "requests a second over the tutorial's": '每秒请求数是教程的几倍',
  "the tutorial's p99 over ours": '教程的 p99 是我们的几倍',
  "the tutorial's processor time a request over ours": '教程每个请求的处理器时间是我们的几倍',
  'it was not measured': '没有测量',
  Growth: '规模',
  growth: '规模',
  one: '一个',
  'the first': '最初的',
  'one client': '一个客户端',
  '1,000 clients': '1,000 个客户端',
  'one process': '一个进程',
  '16 processes': '16 个进程',
  'the first of a million URLs': '一百万个网址里最初的',
  'the last of a million URLs': '一百万个网址里最后的',
  "C's wxsign_client_config": 'C 的 wxsign_client_config',
  "requests a second over a server's that signs nothing": '每秒请求数，对比不签名的服务端',
}

const onMachine = (text) =>
  text
    .replace(/(\d+) cores/, '$1 核')
    .replace('with SHA-1 instructions', '带 SHA-1 指令')
    .replace('without SHA-1 instructions', '不带 SHA-1 指令')
    .replace('SHA-1 instructions unknown', '是否带 SHA-1 指令未知')
    .replace(/Node (\S+) with OpenSSL (\S+?); /, 'Node $1（OpenSSL $2）；')
    .replace(/load /, '负载 ')
    .replaceAll(', ', '，')
    .replaceAll('; ', '；')

function missing(text) {
  return new Error(`bench/lib/chinese.mjs has no translation of: ${text}`)
}

/** A heading or a cell. */
export function words(text) {
  const bold = /^\*\*(.*)\*\*$/.exec(text)
  if (bold) return `**${words(bold[1])}**`
  if (Object.hasOwn(WORDS, text)) return WORDS[text]
  // Gates: "Go: Config against tuned crypto/sha1", "memory added, against jssha and request", "sign
  // over …".
  const language = /^(Rust|C|Go|Koa|growth): (.*)$/.exec(text)
  if (language) return `${WORDS[language[1]] ?? language[1]}：${words(language[2])}`
  const gate = /^(.*?),? (?:against|over) (.*)$/.exec(text)
  if (gate) return `${words(gate[1])}，对比${spaced(words(gate[2]))}`
  const busy = /^other programs took (\d+) % of the machine in many turns$/.exec(text)
  if (busy) return `许多轮里其他程序占用了机器的 ${busy[1]} %`
  const few = /^it wants (\d+) rounds, not (\d+)$/.exec(text)
  if (few) return `需要 ${few[1]} 轮，只有 ${few[2]} 轮`
  // Names of packages and functions, and numbers.
  if (/^[\w.:/!-]+$|[({]|^[\d., –≥≤+]*$|^await \w/.test(text)) return text
  throw missing(text)
}

const spaced = (text) => (/^[\u4e00-\u9fff]/.test(text) ? text : ` ${text}`)

function paragraph(text) {
  const flat = text.replaceAll('\n', ' ')
  for (const [pattern, chinese] of PATTERNS) {
    const match = pattern.exec(flat)
    if (match) return chinese(...match.slice(1))
  }
  const begin = Object.keys(PARAGRAPHS).find((begin) => flat.startsWith(begin))
  if (begin === undefined) throw missing(flat)
  return PARAGRAPHS[begin]
}

const COMMENTS = {
  'this report, for your machine': '这份报告，针对你的机器',
  'fails if a ratio falls short of what is promised': '倍数达不到承诺就失败',
  'writes this page': '生成本页',
}

/** The report in Chinese. @param english the text that report() returned */
export function chinese(english) {
  const parts = english.trim().split('\n\n')
  const translated = parts.map((part) => {
    if (part.startsWith('#')) return part.replace(/^(#+) (.*)$/, (_, level, title) => `${level} ${words(title)}`)
    if (part.startsWith('```')) {
      return part.replace(/# (.*)$/gm, (_, comment) => {
        if (COMMENTS[comment] === undefined) throw missing(comment)
        return `# ${COMMENTS[comment]}`
      })
    }
    if (part.startsWith('![')) return '![wxsign 与其他方案的对比](../performance.svg)'
    if (!part.startsWith('|')) return paragraph(part)
    return part
      .split('\n')
      .map((row, at) => {
        if (at === 1) return row.replace(/ ?-+(:?) ?/g, '---$1')
        const cells = row.split('|').slice(1, -1)
        return `| ${cells.map((cell) => words(cell.trim())).join(' | ')} |`
      })
      .join('\n')
  })
  return `${translated.join('\n\n')}\n`
}
