// Whether the ratios that are promised still hold.

import { quantile, ratio } from './statistics.mjs'

/** How `bench-check` ends: all hold, one falls short, or one could not be judged, which is no pass. */
export const EXIT = { holds: 0, short: 1, unjudged: 2 }

/** Why nothing can be judged here, if so. */
export function refusal({ rounds: wanted }, { rounds, sha1Instructions }) {
  if (sha1Instructions !== true) {
    return 'the promises are for processors with SHA-1 instructions (SHA-NI), and none are seen here: nothing is judged'
  }
  return rounds < wanted ? `promises are judged by ${wanted} rounds or more, not ${rounds}` : undefined
}

/**
 * @param gates what is promised, as in gates.json
 * @param groups what was measured: for each group and contender one number for each round
 * @param parts the parts that were measured; the gates of others are left out
 * @returns for each gate what was found, and `holds`, `short`, or `unjudged` with the reason
 */
export function judge({ rounds, gates }, groups, parts) {
  return gates
    .filter(({ group, overGroup = group }) => [group, overGroup].every((id) => parts.includes(id.split('.')[0])))
    .map((gate) => ({ ...gate, ...(busy(gate, groups) ?? verdict(gate, groups, rounds)) }))
}

// If a gate needs all processors, `idle` names the group with the shares, in percent, that other
// programs took of them. They may take more than this in a quarter of the turns.
const TOO_BUSY = 10

function busy({ idle }, groups) {
  const share = quantile(Object.values(groups[idle] ?? {}).flat(), 0.75)
  if (!(share > TOO_BUSY)) return undefined
  return { verdict: 'unjudged', why: `other programs took ${share.toFixed(0)} % of the machine in many turns` }
}

/** `overGroup` is given if the two were measured in different programs. */
function verdict({ group, of, over, overGroup = group, least = -Infinity, most = Infinity }, groups, rounds) {
  const numbers = groups[group]?.[of]
  const divisors = over === undefined ? numbers?.map(() => 1) : groups[overGroup]?.[over]
  if (!numbers?.length || numbers.length !== divisors?.length)
    return { verdict: 'unjudged', why: 'it was not measured' }
  // A size has one number, and it is exact.
  if (over !== undefined && numbers.length < rounds) {
    return { verdict: 'unjudged', why: `it wants ${rounds} rounds, not ${numbers.length}` }
  }
  const got = ratio(numbers, divisors)
  return { got, verdict: got.median >= least && got.median <= most ? 'holds' : 'short' }
}

/** What to exit with. */
export function exitCode(judged) {
  const verdicts = judged.map(({ verdict }) => verdict)
  if (verdicts.includes('short')) return EXIT.short
  return verdicts.length === 0 || verdicts.includes('unjudged') ? EXIT.unjudged : EXIT.holds
}
