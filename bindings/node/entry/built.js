// The entries of a checkout, which may not be built: then each throws one error that says how to
// build it. `make pack` makes packages whose entries are those in dist, without this folder.

const { existsSync } = require('node:fs')
const { join } = require('node:path')

/** What `load` gives, which requires `name` of dist. If there is no such file, the error says why. */
module.exports = function built(name, load) {
  try {
    return load()
  } catch (error) {
    const root = join(__dirname, '../../..')
    if (existsSync(join(root, 'dist', name))) throw error
    const [todo, todoZh] = existsSync(join(root, 'Cargo.toml'))
      ? [`run make build-node build-js in ${root}.`, `请在 ${root} 执行 make build-node build-js。`]
      : [
          'run make pack in the checkout, and install both files of build/npm with one npm install.',
          '请在源码目录执行 make pack，再用一条 npm install 安装 build/npm 里的两个文件。',
        ]
    const what = `wxsign in ${root} was not built: there is no dist/${name}.`
    const message = `${what}\nWhat to do: ${todo}\n怎么办：${todoZh}`
    throw Object.assign(new Error(message, { cause: error }), { code: 'WXSIGN_NOT_BUILT' })
  }
}
