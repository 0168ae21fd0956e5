// Interleaved rounds: every contender has a turn in each round, so that what disturbs the machine
// disturbs all of them.

import { performance } from 'node:perf_hooks'

const TURN_MS = 1.5
// V8 must have made of each contender what it ever will, on a machine whose other core is busy too.
const WARM_UP = 100
// A turn in which the kernel gave the processor to another program is taken again, at most this many
// times.
const TRIES = 6

/** How many rounds are measured; `bench-check` judges no fewer than 40. */
export const ROUNDS = Math.max(1, Number(process.env.BENCH_ROUNDS || 100))

/** How many rounds are measured if a turn takes a whole process or a server. */
export const slowRounds = (rounds) => Math.min(rounds, 40)
export const SLOW_ROUNDS = slowRounds(ROUNDS)

/**
 * Runs the contenders in turns of some milliseconds each, another one first in each round.
 *
 * @param contenders for each name a function of a number of repetitions; it may return a promise
 * @returns for each name the nanoseconds of a repetition, one number for each round
 */
export async function interleave(contenders, { rounds = ROUNDS, warmUp = WARM_UP } = {}) {
  const names = Object.keys(contenders)
  let times
  for (const count of [warmUp, rounds]) {
    const repetitions = {}
    for (const name of names) repetitions[name] = await calibrate(contenders[name])
    times = Object.fromEntries(names.map((name) => [name, []]))
    for (let round = 0; round < count; round++) {
      for (let turn = 0; turn < names.length; turn++) {
        const name = names[(turn + round) % names.length]
        times[name].push(await undisturbed(contenders[name], repetitions[name]))
      }
    }
  }
  return times
}

const disturbances = () => process.resourceUsage().involuntaryContextSwitches

async function undisturbed(run, repetitions) {
  let least = Infinity
  for (let tries = 0; tries < TRIES; tries++) {
    const before = disturbances()
    least = Math.min(least, await timed(run, repetitions))
    if (disturbances() === before) break
  }
  return least
}

async function timed(run, repetitions) {
  const began = performance.now()
  await run(repetitions)
  return ((performance.now() - began) * 1e6) / repetitions
}

// Undisturbed too: if the kernel takes the processor away, a contender gets too few repetitions,
// and is charged with what reading the clock costs.
async function calibrate(run) {
  for (let repetitions = 16; ; repetitions *= 2) {
    const ms = ((await undisturbed(run, repetitions)) * repetitions) / 1e6
    if (ms >= TURN_MS) return Math.max(1, Math.round((repetitions * TURN_MS) / ms))
  }
}

// Its own text for each loop: V8 keeps what it learns of a loop with its text, and one
// contender must not spoil the next one's. The results are kept: V8 must not skip making them.
let texts = 0
const body = (inputs, keyword) =>
  `for (let i = 0; i < n; i++) kept[i & 255] = ${keyword} call(inputs[i % ${inputs.length}]) // ${texts++}\n`
const KEPT = new Array(256).fill(undefined)

/** A loop over the inputs. */
export function loop(call, inputs) {
  return new Function('call', 'inputs', 'kept', `return (n) => { ${body(inputs, '')} }`)(call, inputs, KEPT)
}

/** Like {@link loop}, for a function that returns a promise. */
export function awaitingLoop(call, inputs) {
  return new Function('call', 'inputs', 'kept', `return async (n) => { ${body(inputs, 'await')} }`)(call, inputs, KEPT)
}

/** So many addresses as pages have them when they are shared, each its own string, flat, of one byte a character. */
export const pages = (count = 1024) => Array.from({ length: count }, (_, n) => flat(page(n)))

const page = (n) => `https://example.com/shop/item?id=${1000 + n}&from=timeline&isappinstalled=0`

/** The text in one piece, as a request's parser hands it over. */
export const flat = (text) => Buffer.from(text).toString('latin1')
