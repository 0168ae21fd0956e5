// The settings of the documents, used as they stand there: images, a pod, a unit and variables.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'

import { dockerfile, isAllowed, run } from './image.mjs'
import { installed, tarballs } from './tarballs.mjs'

const options = { skip: !isAllowed && 'it needs root, mount and overlay' }

/** The only block of this language in a page. */
function block(page, language) {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
  const found = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter((match) => match[1] === language)
  assert.equal(found.length, 1, `${page}: blocks of ${language}`)
  return found[0][2]
}

/** The values of `NAME=value` or `name: value`, by name; a name may stand there more than once with one value. */
const settings = (text) =>
  Object.fromEntries([...text.matchAll(/^[\s-]*(\w+)(?:=|: )(\S+)$/gm)].map(([, name, value]) => [name, value]))

/** Signs with the stand-in that is inside the package, by the variables, and prints what became of the store. */
const SERVER = `const { readdirSync, statSync } = require('node:fs')
const { clientFromEnv } = require('wxsign')
const { startMock } = require('wxsign/testing')
startMock().then(async (mock) => {
  const { appId, appSecret, baseUrl } = mock.options
  Object.assign(process.env, { WX_APP_ID: appId, WX_APP_SECRET: appSecret, WX_BASE_URL: baseUrl })
  const client = clientFromEnv({ allowedHosts: ['e.cn'] })
  const { errMsg } = mock.verify(await client.config('https://e.cn/'), 'https://e.cn/')
  const dir = process.env.WXSIGN_STORE ?? process.env.STATE_DIRECTORY + '/wxsign'
  const { uid, mode } = statSync(dir)
  const { lock, storeFailure } = client.state()
  const hasRecord = readdirSync(dir).some((name) => name.endsWith('.json'))
  console.log(JSON.stringify({ errMsg, dir, uid, mode: (mode & 0o777).toString(8), lock, storeFailure, hasRecord }))
  process.exit()
})
`

/** A project of a reader, with both files of `make pack` in vendor/. */
function project(t) {
  const { dir } = installed(t)
  mkdirSync(join(dir, 'context/vendor'), { recursive: true })
  const context = join(dir, 'context')
  const vendor = [tarballs.root, tarballs.platform].map((file) => {
    cpSync(file, join(context, 'vendor', basename(file)))
    return `./vendor/${basename(file)}`
  })
  writeFileSync(join(context, 'package.json'), '{ "name": "reader", "private": true }')
  writeFileSync(join(context, 'server.js'), SERVER)
  execFileSync('npm', ['install', '--package-lock-only', '--offline', '--no-audit', '--no-fund', ...vendor], {
    cwd: context,
  })
  mkdirSync(join(dir, 'work'))
  return { CONTEXT: context, WORK: join(dir, 'work'), npm_config_offline: 'true', npm_config_audit: 'false' }
}

const [stages, command] = block('bundlers.md', 'dockerfile').split(/^(?=CMD )/m)

function signsIn(t, shell, wanted) {
  const printed = JSON.parse(run(`{ ${dockerfile(stages)}\n} >&2\n${shell}`, project(t)))
  assert.deepEqual(printed, {
    errMsg: 'config:ok',
    mode: '700',
    lock: 'file',
    storeFailure: null,
    hasRecord: true,
    ...wanted,
  })
}

/** The image of bundlers.md, with the volume of deployment.md: it signs, as its user, and keeps the ticket there. */
test('the Dockerfiles of the documents sign', options, (t) => {
  const [, ...volume] = block('deployment.md', 'dockerfile').split('\n')
  signsIn(t, dockerfile(volume.join('\n') + command), { dir: '/data', uid: 1000 })
})

/** Kubernetes gives a volume to its group, and makes the rest read-only. */
test('the pod of the documents signs', options, (t) => {
  const pod = block('deployment.md', 'yaml')
  const { runAsUser, runAsGroup, fsGroup, readOnlyRootFilesystem, mountPath, value, emptyDir } = settings(pod)
  assert.deepEqual([readOnlyRootFilesystem, emptyDir], ['true', '{}'])
  const shell = `volume="$root${mountPath}"; mkdir "$volume"; mount -o remount,ro "$root"; mount -t tmpfs volume "$volume"
    chown root:${fsGroup} "$volume"; chmod 2777 "$volume"; export WXSIGN_STORE=${value}
    within() { chroot "$root" setpriv --reuid ${runAsUser} --regid ${runAsGroup} --groups ${fsGroup} sh -c 'cd /app; exec "$@"' sh "$@"; }`
  signsIn(t, `${shell}\n${dockerfile(command)}`, { dir: value, uid: Number(runAsUser) })
})

/** Systemd makes the directory of a service and names it. */
test('the unit of the documents signs', options, (t) => {
  const unit = block('deployment.md', 'ini')
  const { User, StateDirectory } = settings(unit)
  const shell = `user ${User} 1234; user=${User}; export STATE_DIRECTORY=/var/lib/${StateDirectory}
    mkdir "$root$STATE_DIRECTORY"; chown 1234:1234 "$root$STATE_DIRECTORY"; chmod 755 "$root$STATE_DIRECTORY"`
  signsIn(t, `${shell}\n${dockerfile(command)}`, { dir: `/var/lib/${StateDirectory}/wxsign`, uid: 1234 })
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return
  const { dir, write } = installed(t)
  write('shop.service', `${unit}ExecStart=/bin/true\n`)
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', join(dir, 'shop.service')], {
    encoding: 'utf8',
  })
  assert.ok(status === 0 && !stderr.includes('shop.service'), stderr)
})

/** The account in `.env.local` is the one of the stand-in that the next lines start. */
test('the variables of the documents sign', (t) => {
  const { WX_BASE_URL, ...account } = settings(block('bundlers.md', 'ini'))
  const page = readFileSync(new URL('../../docs/bundlers.md', import.meta.url), 'utf8')
  assert.ok(page.includes(`npx wxsign mock --port ${new URL(WX_BASE_URL).port} `))
  const { write, node } = installed(t, tarballs.root, tarballs.platform)
  write(
    'client.mjs',
    `import { clientFromEnv } from 'wxsign'
    import { startMock } from 'wxsign/testing'
    const mock = await startMock()
    process.env.WX_BASE_URL = mock.options.baseUrl
    const config = await clientFromEnv({ allowedHosts: ['e.cn'], store: 'memory' }).config('https://e.cn/')
    console.log(mock.verify(config, 'https://e.cn/').errMsg)
    process.exit()`,
  )
  assert.equal(node('client.mjs', account), 'config:ok')
})
