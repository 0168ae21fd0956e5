// How much of the machine other programs take: a server and its visitors need all of it.

import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

// The kernel counts in hundredths of a second.
const TICK_US = 10_000

/** Microseconds that all processors together were busy, or undefined if the kernel does not report it. */
function busy() {
  try {
    const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
      .split(/\s+/)
      .slice(1)
      .map(Number)
    return (user + nice + system + irq + softirq + steal) * TICK_US
  } catch {
    return undefined
  }
}

/** Runs, and gives what part of the machine others took meanwhile; `run` answers with the microseconds that it took itself. */
export async function shareOfOthers(run) {
  const [before, began] = [busy(), performance.now()]
  const { own, ...answer } = await run()
  const all = (performance.now() - began) * 1000 * cpus().length
  const after = busy()
  return { ...answer, others: before === undefined ? 0 : Math.max(0, after - before - own) / all }
}
