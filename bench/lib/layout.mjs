// What the report shows of each group of measurements: its heading, which contender the others are
// compared with, which of them are wxsign's `too`, and which groups stand `alone`, without ratios.

export const SECTIONS = [
  {
    title: 'Node: a call that does not wait',
    groups: [{ id: 'node.sync', ours: 'client.tryConfig(url)', too: ['sign({ ticket, url })'] }],
    note:
      'Best JavaScript: `crypto.hash` in one call, nonces cut from pooled strong randomness, the text of the timestamp kept\n' +
      'for its second; it checks nothing and keeps no ticket alive. The tutorial is our own baseline, in the manner of\n' +
      '[the tutorial](migration.md) of 2020.',
  },
  { title: 'Node: an awaited call', groups: [{ id: 'node.awaited', ours: 'await client.config(url)' }] },
  {
    title: 'Rust',
    groups: [{ id: 'rust.config', ours: 'Client::config', too: ['Ticket::sign', 'sign'] }],
    note: 'The blocks alone: the three blocks of SHA-1 that no signature of this length can do without.',
  },
  {
    title: 'C',
    groups: [{ id: 'c.config', ours: 'wxsign_client_config' }],
    note:
      'What a page is answered, with nonce and timestamp; the client also checks URL and host, and keeps the ticket alive.\n' +
      'Tuned: the text by hand, pooled nonces, digits from a table.',
  },
  { title: 'Go', groups: [{ id: 'go.config', ours: 'Client.Config' }], note: 'As in C.' },
  {
    title: 'Growth',
    groups: [{ id: 'growth', ours: 'one client' }],
    note:
      'Each client has its own account, and they sign in turns. The processes share one store of files; their figures,\n' +
      "and those of the URLs, are the processor's time for a signature. Nothing is kept of a URL that was signed.",
  },
  {
    title: 'Explaining a signature',
    groups: [{ id: 'explain', ours: 'a URL of 120 characters', unit: 'ms', alone: true }],
    note:
      'A signature that no known mistake made: `explain` tries each mistake, alone and in pairs. It should take less than\n' +
      '50 ms. With the ticket, pairs are tried for URLs of 400 characters in all. Between two URLs, they are tried for a\n' +
      "page's URL of up to 250 characters; of a longer one, the parts that differ are named.",
  },
  {
    title: 'Loading the packages',
    groups: [
      { id: 'load.time', ours: 'wxsign', unit: 'ms' },
      { id: 'load.memory', ours: 'wxsign', unit: 'MiB added' },
      { id: 'load.size', ours: 'addon', unit: 'MB' },
    ],
    note:
      '`require()` in fresh processes; wxsign as npm installs it, by its path and by its name: the first package with `exports`\n' +
      'that is required by name makes Node load its resolver for them. The tutorial wants `jssha` and `request`.',
  },
  {
    title: 'A Koa server',
    groups: [
      { id: 'server.rate', ours: 'wxsign', unit: 'requests a second' },
      { id: 'server.p99', ours: 'wxsign', unit: 'ms that the slowest hundredth waits' },
      { id: 'server.cpu', ours: 'wxsign', unit: 'µs of a processor for a request' },
      { id: 'server.others', ours: 'wxsign', unit: '% of the machine that other programs took', alone: true },
    ],
    note:
      '`GET /config?url=`, 64 connections over loopback; servers and visitors each in their own process, in turns of 0.2 s. The\n' +
      "tutorial's server reads two files for each request and signs with jssha 1.5.0. Against JavaScript that keeps its ticket in\n" +
      'memory a visitor notices nothing: Koa itself takes nearly all of the time.',
  },
]

/** What the chart shows, from the top. */
export const CHART = [
  {
    id: 'node.sync',
    title: 'One signature in Node, nanoseconds (each line is ten times the one before)',
    logarithmic: true,
  },
  { id: 'server.rate', title: 'A Koa server, requests a second' },
]
