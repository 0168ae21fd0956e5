// What a Dockerfile says, done without Docker: each stage is a view of this machine's files that keeps its own changes, in a
// mount namespace. `FROM` names no image that is asked for: its Node is this machine's.

import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'

const SHELL = `set -eu
mount -t tmpfs image "$WORK"
stage() { # NAME: the next view, in $root
  root=$WORK/$1 dir=/ user=root
  mkdir "$root" "$root.changes" "$root.overlay"
  mount -t overlay image -o "lowerdir=/,upperdir=$root.changes,workdir=$root.overlay" "$root"
  for name in dev proc; do mount --rbind "/$name" "$root/$name"; done
}
user() { # NAME ID: as the image has one
  grep -q "^$1:" "$root/etc/passwd" || echo "$1:x:$2:$2::/home/$1:/bin/sh" >>"$root/etc/passwd"
  grep -q "^$1:" "$root/etc/group" || echo "$1:x:$2:" >>"$root/etc/group"
}
within() { # COMMAND...: in the view, as its user
  chroot "$root" setpriv --reuid "$user" --regid "$user" --init-groups sh -euc 'cd "$1"; shift; exec "$@"' sh "$dir" "$@"
}
`

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`

/** The lines of shell for one instruction. */
function line(instruction, at) {
  const [, name, rest] = /^(\w+) (.*)$/.exec(instruction)
  const words = rest.split(' ')
  switch (name) {
    case 'FROM':
      return `stage ${words[1] === 'AS' ? words[2] : at}; user node 1000`
    case 'WORKDIR':
      return `dir=${quoted(rest)}; mkdir -p "$root$dir"`
    case 'COPY': {
      const stage = words[0].startsWith('--from=') ? words.shift().slice('--from='.length) : undefined
      const into = words.pop()
      const from = words.map((word) => (stage === undefined ? `"$CONTEXT"/${word}` : `"$WORK/${stage}"${word}`))
      // A directory is copied by what is in it.
      return `into="$root$dir"/${into}; for from in ${from.join(' ')}; do
        if [ -d "$from" ]; then mkdir -p "$into"; cp -a "$from/." "$into"; else cp -a "$from" "$into"; fi; done`
    }
    case 'RUN':
      return `within sh -euc ${quoted(rest)}`
    case 'ENV':
      return `export ${quoted(rest)}`
    case 'USER':
      return `user=${quoted(rest)}`
    case 'CMD':
      return `within ${JSON.parse(rest).map(quoted).join(' ')}`
    case 'VOLUME':
      return ''
    default:
      throw new Error(`a Dockerfile's ${name} is not known here`)
  }
}

/** The shell of a Dockerfile whose files to copy are in `$CONTEXT`. */
export const dockerfile = (text) =>
  text
    .split('\n')
    .filter((instruction) => instruction !== '' && !instruction.startsWith('#'))
    .map(line)
    .join('\n')

const started = (shell, env) =>
  spawnSync('unshare', ['--mount', 'sh', '-c', SHELL + shell], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  })

/** Whether this process may make such views. */
export const isAllowed =
  process.platform === 'linux' && started('stage view; within true', { WORK: tmpdir() }).status === 0

/** Runs the shell, with the functions above; what it prints. */
export function run(shell, env) {
  const { status, stdout, stderr } = started(shell, env)
  if (status !== 0) throw new Error(`${shell}\n${stdout}${stderr}`)
  return stdout
}
