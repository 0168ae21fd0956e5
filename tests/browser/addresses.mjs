// Addresses of every shape that a page may have, as a user types them; the browser makes its own
// form of each.

/** A small generator with a seed, so that a failure can be had again. */
export function generator(seed) {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const KNOWN = [
  '/',
  '/?',
  '/?a=1&b=2&&c',
  '/?q=中文 签名+𠮷',
  '/page/商品/42?from=singlemessage&isappinstalled=0#top',
  '/page/a%2Fb?x=a%23b&back=https://other.example/?v=1#/deep/路由?tab=2#more',
]

const PIECES = [
  'a',
  'Z',
  '7',
  '-',
  '_',
  '.x',
  '~',
  '中',
  '微信',
  'é',
  '𠮷',
  '🙂',
  '%2F',
  '%E4%BD%A0',
  '%',
  '+',
  ' ',
  '!',
  "'",
]
const QUERY_ONLY = ['&', '=', '?', '/', ':', '@', '"', '<', '|', '{', '[', '&amp;', '&timestamp=1', '%23']

/** `count` addresses below `origins`: the known ones first, then random ones. */
export function addresses(origins, count, random) {
  const text = (pieces, least) =>
    Array.from({ length: least + random(8) }, () => pieces[random(pieces.length)]).join('')
  const one = () => {
    const path = `/page/p${text(PIECES, 0)}`
    const query = random(4) ? `?${text([...PIECES, ...QUERY_ONLY], 1)}` : ''
    const fragment = random(2) ? `#${text([...PIECES, '/', '?', '#'], 0)}` : ''
    return path + query + fragment
  }
  const paths = [...KNOWN, ...Array.from({ length: Math.max(0, count - KNOWN.length) }, one)]
  return paths.slice(0, count).map((path, at) => origins[at % origins.length] + path)
}
