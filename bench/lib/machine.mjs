// What the figures were measured on. No name of the machine: a report may be published.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, type } from 'node:os'

/** What the program prints, or `none`. */
function said(program, args, pattern) {
  try {
    return pattern.exec(execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[1]
  } catch {
    return 'none'
  }
}

/** Whether the processor has instructions for SHA-1; undefined if that cannot be found out. */
export function hasSha1Instructions() {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8')
    return /^(flags|Features)\s*:.*\b(sha_ni|sha1)\b/m.test(text)
  } catch {
    return undefined
  }
}

export function machine() {
  const sha = {
    true: 'with SHA-1 instructions',
    false: 'without SHA-1 instructions',
    undefined: 'SHA-1 instructions unknown',
  }
  return [
    `${cpus()[0]?.model.trim() ?? process.arch}, ${cpus().length} cores, ${sha[hasSha1Instructions()]}`,
    `${type()} ${/^\d+\.\d+/.exec(release())?.[0] ?? ''}`,
    `Node ${process.versions.node} with OpenSSL ${process.versions.openssl}`,
    `Rust ${said('rustc', ['--version'], /(\d+\.\d+\.\d+)/)}`,
    `Go ${said('go', ['version'], /go(\d+\.\d+(\.\d+)?)/)}`,
    `OpenSSL ${said('openssl', ['version'], /(\d+\.\d+\.\w+)/)}`,
    `load ${loadavg()[0].toFixed(1)}`,
  ].join('; ')
}
