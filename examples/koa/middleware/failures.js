// Turns a failure of wxsign's into a status and a code. The reader of a page learns no more than that; the operator
// finds the rest, with what to do next, in the log.

const { WxSignError } = require('wxsign')

const CLIENT_ERRORS = { INVALID_ARGUMENT: 400, INVALID_URL: 400, HOST_NOT_ALLOWED: 403 }

module.exports = async function failures(ctx, next) {
  try {
    await next()
  } catch (error) {
    // Anything else is a defect of this program: Koa logs it and answers 500.
    if (!(error instanceof WxSignError)) throw error
    ctx.status = CLIENT_ERRORS[error.code] ?? (error.retryable ? 503 : 502)
    // Never the message or the URL: what came in does not go out.
    ctx.body = { code: error.code }
    if (ctx.status === 503) ctx.set('Retry-After', String(secondsUntil(error.retryAt)))
    if (ctx.status >= 500) console.error(`${error.code}: ${error.message}\n  ${error.hintZh}\n  ${error.hint}`)
  }
}

function secondsUntil(date) {
  return date ? Math.max(1, Math.ceil((date.getTime() - Date.now()) / 1000)) : 5
}
