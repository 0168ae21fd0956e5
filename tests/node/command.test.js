// The command `wxsign` through Node. The tests in cli/ have every command and exit code.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')
const { test } = require('node:test')

const manifest = require('../../package.json')
const BIN = join(__dirname, '../..', manifest.bin.wxsign)

/** Runs the command. */
function run(args, input = '', env = {}) {
  return spawnSync(process.execPath, [BIN, ...args], { input, encoding: 'utf8', env: { ...env } })
}

test('help and version are on standard output', () => {
  const { status, stdout, stderr } = run(['--version'])
  assert.deepEqual([status, stdout, stderr], [0, `${manifest.version}\n`, ''])
  assert.match(run(['help'], '', { LANG: 'zh_CN.UTF-8' }).stdout, /签名/)
})

test('explain reads standard input', () => {
  const evidence = '{"timestamp":"undefined","nonceStr":"x"}'
  const { status, stdout } = run(['explain', '--json'], evidence)
  assert.equal(status, 1)
  assert.equal(JSON.parse(stdout).causes[0].code, 'timestamp_missing')
})

test('a wrong argument is exit code 2, without output', () => {
  const { status, stdout, stderr } = run(['sing'])
  assert.deepEqual([status, stdout], [2, ''])
  assert.match(stderr, /sing/)
})
