// Loads the packages that its arguments name, and prints how long that took and how much memory was
// added.

const { readFileSync } = require('node:fs')

const cell = new Int32Array(new SharedArrayBuffer(4))

// The time of this thread on a processor, if the kernel reports it: the clock would count the other
// programs of a busy machine too. On an idle one the two are the same. The kernel brings its
// account up to date when the thread sleeps.
function spent() {
  try {
    Atomics.wait(cell, 0, 0, 0.1)
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0])
  } catch {
    return Number(process.hrtime.bigint())
  }
}

spent()
const memory = process.memoryUsage.rss()
const began = spent()
for (const name of process.argv.slice(2)) require(name)
const ms = (spent() - began) / 1e6
console.log(JSON.stringify({ ms, mebibytes: (process.memoryUsage.rss() - memory) / 2 ** 20 }))
// Some of them hold the process by a timer.
process.exit(0)
