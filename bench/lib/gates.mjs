// Whether the ratios that are promised still hold.

import { ratio } from './statistics.mjs'

/** How `bench-check` ends: all hold, one falls short, or one could not be judged, which is no pass. */
export const EXIT = { holds: 0, short: 1, unjudged: 2 }

/**
 * @param gates what is promised, as in gates.json
 * @param groups what was measured: for each group and contender one number for each round
 * @param parts the parts that were measured; the gates of others are left out
 * @returns for each gate what was found, and `holds`, `short`, or `unjudged` with the reason
 */
export function judge({ rounds, gates }, groups, parts) {
  return gates
    .filter(({ group }) => parts.includes(group.split('.')[0]))
    .map((gate) => ({ ...gate, ...verdict(gate, groups[gate.group], rounds) }))
}

function verdict({ of, over, least = -Infinity, most = Infinity }, series, rounds) {
  const [numbers, divisors] = [series?.[of], over === undefined ? series?.[of]?.map(() => 1) : series?.[over]]
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
