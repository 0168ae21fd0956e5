// GET /broken?mistake=&url= : signs a page wrongly on purpose, and what WeChat and wxsign say of
// it. Without a mistake, the list of them. It needs the stand-in: a wrong signature with a real
// ticket may be right for another page.

const { createHash } = require('node:crypto')

const mistakes = require('./mistakes')

module.exports = async function broken(ctx) {
  const { sandbox, appId } = ctx.appConfig
  if (!sandbox) return
  const { mistake: name, url } = ctx.query
  if (name === undefined) {
    ctx.body = Object.entries(mistakes).map(([name, { zh, en }]) => ({ name, zh, en }))
    return
  }
  if (!Object.hasOwn(mistakes, name)) return
  const { make, ticket } = mistakes[name]
  // Refuses what /config refuses, and makes the other fields.
  const { nonceStr, timestamp } = await ctx.wx.config(url)
  const used = ticket ? await ticket({ wx: ctx.wx, baseUrl: sandbox, appId }) : await ctx.wx.ticket()
  const hashed = hashedBy(make, { ticket: used, nonceStr, timestamp, url, appId })
  if (hashed === undefined) return ctx.throw(400)
  const signature = createHash('sha1').update(hashed).digest('hex')
  const config = { appId, timestamp, nonceStr, signature }
  const answer = await fetch(`${sandbox}/verify`, {
    method: 'POST',
    body: JSON.stringify({ ...config, url: url.split('#')[0] }),
    signal: AbortSignal.timeout(5000),
  })
  ctx.body = {
    hashed: hashed.replaceAll(used, '〈ticket〉'),
    config,
    said: await answer.json(),
    report: await ctx.wx.explain({ ...config, url, errMsg: 'config:fail, invalid signature' }),
  }
}

/** Nothing if the mistake cannot be made: a URL with a lone % has no decoded form. */
function hashedBy(make, values) {
  try {
    return make(values)
  } catch {
    return undefined
  }
}
