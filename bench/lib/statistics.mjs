// Medians, quartiles and ratios of paired rounds.

export const median = (numbers) => quantile(numbers, 0.5)

/** The value below which the share `q` of the numbers lies, between two of them if need be. */
export function quantile(numbers, q) {
  if (numbers.length === 0) return Number.NaN
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low)
}

/** The median, and between which two values the middle half lies. */
export const spread = (numbers) => ({
  median: median(numbers),
  from: quantile(numbers, 0.25),
  to: quantile(numbers, 0.75),
})

/**
 * How many times `over` each of `of` is. Rounds are paired: what disturbed a round disturbed both
 * of its numbers, so each round's own ratio is taken first, and the median of those after.
 */
export const ratio = (of, over) => spread(of.map((value, round) => value / over[round]))
