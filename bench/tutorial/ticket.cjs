// A credential as the tutorial keeps it: in a JSON file beside the source, read again for each page.
// Written by us in their manner. What they do once it has run out is left out: the bench's file is
// always fresh.

const fs = require('node:fs')

/** @param key what the file calls the credential */
module.exports = function read(file, key) {
  const stored = JSON.parse(fs.readFileSync(file, 'utf8'))
  const age = (Date.now() - new Date(stored.createTime).getTime()) / 1000
  if (age >= stored.expires_in) throw new Error(`${file} is too old`)
  return stored[key]
}

/** What such a file holds. */
module.exports.text = (key, value) =>
  JSON.stringify({ createTime: new Date(), errcode: 0, errmsg: 'ok', [key]: value, expires_in: 7200 })
