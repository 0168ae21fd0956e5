// A reader's project: wxsign as it is packed, and a program that signs.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { installed, PLATFORM, tarballs } from '../package/tarballs.mjs'

/** What the program prints if all is well. */
export const SIGNED = '0f9de62fce790f9a083d5c99e95740ceb90c27ed 403 WxSignError'

const PROGRAM = `import { sign, WxSignError } from 'wxsign'
import { wxsign } from 'wxsign/web'

const { signature } = sign({
  ticket: 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg',
  nonceStr: 'Wm3WZYTPz0wzccnW',
  timestamp: 1414587457,
  url: 'http://mp.weixin.qq.com?params=value',
})
const handler = wxsign({ appId: 'wx1', appSecret: 's', store: 'memory', allowedHosts: ['a.example'], onError() {} })
handler(new Request('http://127.0.0.1/?url=' + encodeURIComponent('https://b.example/'))).then(({ status }) => {
  console.log(signature, status, WxSignError.name)
})
`

/** An installed project with the program as app.mjs. */
export function project(t) {
  const { dir, write } = installed(t, tarballs.root, tarballs.platform)
  write('app.mjs', PROGRAM)
  return { dir, write, app: join(dir, 'app.mjs'), addon: join(dir, `node_modules/@wxsign/${PLATFORM}/wxsign.node`) }
}

/** An empty folder that goes with the test. */
export function elsewhere(t) {
  const dir = mkdtempSync(join(tmpdir(), 'wxsign-elsewhere-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Copies files of the project, by their paths in it, to another folder. */
export function copied(from, files, to) {
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    cpSync(join(from, file), join(to, file), { recursive: true, verbatimSymlinks: true })
  }
  return to
}

/** What a program prints, or the message that it fails with. */
export function run(file) {
  // Started by itself, as programs are, and with its failure caught before Node prints the source
  // around it.
  const caught = join(dirname(file), 'caught.cjs')
  writeFileSync(caught, "process.on('uncaughtException', ({ code, message }) => console.log(code, message))")
  const { stdout, stderr } = spawnSync(process.execPath, ['--require', caught, file], {
    cwd: tmpdir(),
    encoding: 'utf8',
  })
  return stdout.trim() || stderr
}
