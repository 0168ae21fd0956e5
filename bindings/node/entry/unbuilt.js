// The entries of a checkout, which may not be built: then each throws one error that says how to
// build it. `make pack` makes packages whose entries are those in dist, without this folder.

const { existsSync } = require('node:fs')
const { join } = require('node:path')

/** What an entry throws: the failure of `name` in dist, or why there is no such file. */
module.exports = function unbuilt(error, name) {
  const root = join(__dirname, '../../..')
  if (existsSync(join(root, 'dist', name))) return error
  const todo = existsSync(join(root, 'Cargo.toml'))
    ? `run make build-node build-js in ${root}.`
    : 'run make pack in the checkout, and install both files of build/npm with one npm install.'
  const message = `wxsign in ${root} was not built: there is no dist/${name}.\nWhat to do: ${todo}`
  return Object.assign(new Error(message, { cause: error }), { code: 'WXSIGN_NOT_BUILT' })
}
