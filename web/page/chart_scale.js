// The steps of a chart's value axis: 0, and a few round numbers above it.

const INTERVALS_MOST = 4;
const ROUND = [1, 2, 5];

/** The smallest round step with which at most four intervals reach `max` (> 0), in the units of `max`. */
export function roundStep(max) {
  const power = 10 ** Math.floor(Math.log10(max / INTERVALS_MOST));
  const factor = [...ROUND, 10].find((round) => Math.ceil(max / (round * power) - 1e-9) <= INTERVALS_MOST);
  return factor * power;
}

/**
 * An axis from 0 that grows in round steps and never shrinks: a reader's eye keeps its measure.
 * `smallest`: no step is finer, in the units of the values (1 where there are no decimals).
 */
export function growingAxis(smallest = 0) {
  let seen = 0;
  return {
    /** Takes the greatest value shown; returns `{top, ticks}`. With nothing but zeros the only tick is 0. */
    reach(max) {
      seen = Math.max(seen, max);
      if (seen === 0) return { top: 1, ticks: [0] };
      const step = Math.max(roundStep(seen), smallest);
      const intervals = Math.max(1, Math.ceil(seen / step - 1e-9));
      const ticks = Array.from({ length: intervals + 1 }, (_, index) => index * step);
      return { top: ticks.at(-1), ticks };
    },
  };
}
