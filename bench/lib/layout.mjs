// What the report shows of each group of measurements: its heading, and which contender the others are held against.

export const SECTIONS = [
  {
    title: 'Node: a call that does not wait',
    groups: [{ id: 'node.sync', ours: 'client.configSync(url)' }],
    note:
      "Best JavaScript: `crypto.hash` in one call, nonces cut from pooled strong randomness, the timestamp's text kept for its " +
      'second; it checks nothing and keeps no ticket alive. The article is a baseline of our own in the manner of the articles.',
  },
  { title: 'Node: an awaited call', groups: [{ id: 'node.awaited', ours: 'await client.config(url)' }] },
  {
    title: 'Node: one call out of a cold cache',
    groups: [{ id: 'node.cold', ours: 'client.configSync(url)' }],
    note: 'One, two or three MiB are touched before each call, as other work of a server does.',
  },
  {
    title: 'Rust',
    groups: [
      { id: 'rust.sign', ours: 'wxsign::sign' },
      { id: 'rust.apart', ours: 'wxsign::sign' },
      { id: 'rust.kept', ours: 'a kept ticket, with nonce and clock' },
    ],
    note:
      'In the first table each call needs what the one before gave: how long a page waits. In the others the processor may begin ' +
      "one call before it has ended the last. The kept ticket is what the other doors' clients sign with.",
  },
  {
    title: 'C',
    groups: [
      { id: 'c.config', ours: 'wxsign_client_config' },
      { id: 'c.sign', ours: 'wxsign_sign' },
    ],
    note:
      'First what a page is answered, with nonce and timestamp, where the client also checks URL and host and keeps the ticket ' +
      'alive; then the signature alone. Tuned: the text by hand, pooled nonces, digits from a table.',
  },
  {
    title: 'Go',
    groups: [
      { id: 'go.config', ours: 'Client.Config' },
      { id: 'go.sign', ours: 'wxsign.Sign' },
    ],
    note: 'The same two.',
  },
]
