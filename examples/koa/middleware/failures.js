// Turns a failure of wxsign into a status, a code and one sentence. A visitor learns no more than
// that; the operator finds the rest in the log, with what to do next. wxsign/koa does all this by
// itself.

const { WxSignError } = require('wxsign')

module.exports = async function failures(ctx, next) {
  try {
    await next()
  } catch (error) {
    // Anything else is a defect of this program: Koa logs it and answers 500.
    if (!(error instanceof WxSignError)) throw error
    ctx.status = error.httpStatus
    ctx.body = { code: error.code, message: error.publicMessage }
    if (error.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(error.retryAfterSeconds))
    if (error.httpStatus >= 500) console.error(`${error.code}: ${error.message}\n  ${error.hintZh}\n  ${error.hint}`)
  }
}
