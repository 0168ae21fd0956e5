// GET /config?url= : what wx.config() in the page takes, as JSON.

// The interfaces that the page calls. WeChat refuses to run any other.
const jsApiList = ['updateAppMessageShareData', 'updateTimelineShareData']

module.exports = async function config(ctx) {
  // The page passes its own address, as it is: a parsed and printed URL may have other bytes than
  // the one WeChat hashes.
  ctx.body = await ctx.wx.config(ctx.query.url, { jsApiList })
}
