// GET /verify : asks the sandbox whether a signature is right. Of use in the demo and the tests
// only.

const PARTS = ['url', 'timestamp', 'nonceStr', 'signature', 'appId']

module.exports = async function verify(ctx) {
  const { sandbox } = ctx.appConfig
  if (!sandbox) {
    // With a real account the server cannot know: WeChat verifies inside its own client, and has no
    // endpoint for it.
    ctx.body = { ok: null }
    return
  }
  const answer = await fetch(`${sandbox}/verify`, {
    method: 'POST',
    // JSON is taken as it is; a query string would be decoded once more.
    body: JSON.stringify(Object.fromEntries(PARTS.map((name) => [name, ctx.query[name]]))),
    signal: AbortSignal.timeout(5000),
  })
  ctx.body = await answer.json()
}
