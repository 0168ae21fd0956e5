// Single calls out of a cold cache: before each, so much memory is touched that the processor's caches hold little
// else.

import { performance } from 'node:perf_hooks'
import { median } from '../lib/statistics.mjs'

const SIZES = [1, 2, 3].map((mebibytes) => new Uint8Array(mebibytes * 2 ** 20))
const SAMPLES = 30
const WARM_UP = 30_000

/** For each name the nanoseconds of a call; each round's number is the median of its samples. */
export function coldCalls(calls, inputs, rounds) {
  // Reading the clock twice takes time too: what it takes where nothing is called is in no number.
  const timers = Object.entries({ ...calls, nothing: () => undefined }).map(([name, call]) => [name, timer(call)])
  const times = Object.fromEntries(Object.keys(calls).map((name) => [name, []]))
  // V8 has to have compiled all of it: what is measured is a cold cache, and not cold code.
  const nowhere = new Uint8Array(0)
  for (let n = 0; n < WARM_UP; n++) for (const [, single] of timers) single(nowhere, inputs[n % inputs.length])
  for (let round = 0; round < rounds; round++) {
    const samples = Object.fromEntries(timers.map(([name]) => [name, []]))
    for (let sample = 0; sample < SAMPLES; sample++) {
      const memory = SIZES[sample % SIZES.length]
      for (let turn = 0; turn < timers.length; turn++) {
        const [name, single] = timers[(turn + sample) % timers.length]
        samples[name].push(single(memory, inputs[(round * SAMPLES + sample) % inputs.length]))
      }
    }
    const nothing = median(samples.nothing)
    for (const name of Object.keys(times)) times[name].push(Math.max(1, median(samples[name]) - nothing))
  }
  return times
}

let texts = 0
const kept = []

// A text of its own for each, as for the loops of lib/rounds.mjs.
function timer(call) {
  const body = `
    return (memory, url) => {
      for (let at = 0; at < memory.length; at += 64) memory[at]++
      const began = now()
      kept[0] = call(url)
      return (now() - began) * 1e6
    } // ${texts++}`
  return new Function('call', 'kept', 'now', body)(call, kept, () => performance.now())
}
