/**
 * One channel's samples, ready to draw: typed arrays, and where the line must not be joined.
 *
 * @typedef {{
 *   name: string, label: string, unit: string, is_stepped: boolean, time_s: number[], values: (number | null)[],
 * }} ChannelJson
 * @typedef {{time: Float64Array, value: Float64Array}} Samples
 * @typedef {ChannelJson & Samples & {
 *   isBroken: Uint8Array, overview: Samples, pauseS: number, gaps: [number, number][],
 * }} Channel `overview` is the whole flight in few samples; `time` and `value` may hold finer ones besides
 */

const LONGEST_PAUSE_S = 1;
const PAUSE_IN_INTERVALS = 8;
const ANGLE_WRAP_DEG = 270;
const SAME_MOMENT_S = 5e-4;

/** @param {Float64Array} time @returns {number} the usual distance of two samples */
function usualInterval(time) {
  const steps = Array.from(time.subarray(1), (t, i) => t - time[i]).sort((a, b) => a - b);
  return steps.length ? steps[Math.floor(steps.length / 2)] : 0;
}

/** @param {[number, number][]} gaps @param {number} before @param {number} after */
const crossesGap = (gaps, before, after) => gaps.some(([start, end]) => before <= start + 1e-3 && after >= end - 1e-3);

/** @param {Channel} channel @returns {Uint8Array} 1 where a sample is not joined to the one before */
function breaksOf({ time, value, unit, pauseS, gaps }) {
  const isBroken = new Uint8Array(time.length);
  const wrap = unit === "°" ? ANGLE_WRAP_DEG : Infinity;
  for (let i = 1; i < time.length; i += 1) {
    const hasGap = time[i] - time[i - 1] > pauseS || crossesGap(gaps, time[i - 1], time[i]);
    isBroken[i] = hasGap || Math.abs(value[i] - value[i - 1]) > wrap ? 1 : 0;
  }
  return isBroken;
}

/** @param {number[]} times @param {(number | null)[]} values @returns {Samples} without what was not recorded */
function recorded(times, values) {
  const kept = values.map((value, i) => i).filter((i) => Number.isFinite(values[i]));
  return { time: Float64Array.from(kept, (i) => times[i]), value: Float64Array.from(kept, (i) => values[i]) };
}

/** @param {ChannelJson} json @param {[number, number][]} gaps of the whole log @returns {Channel} */
export function prepare(json, gaps) {
  const overview = recorded(json.time_s, json.values);
  const pauseS = json.is_stepped
    ? Infinity : Math.max(LONGEST_PAUSE_S, PAUSE_IN_INTERVALS * usualInterval(overview.time));
  const channel = { ...json, ...overview, overview, pauseS, gaps };
  channel.isBroken = breaksOf(channel);
  return channel;
}

/**
 * Puts finer samples among the overview's, in place of those of an earlier call. The overview's
 * stay: they hold every peak, and the finer ones may have been thinned.
 * @param {Channel} channel @param {number[]} times @param {(number | null)[]} values
 */
export function refine(channel, times, values) {
  const sources = [channel.overview, recorded(times, values)];
  const all = sources.flatMap(({ time, value }) => Array.from(time, (t, i) => [t, value[i]]));
  all.sort(([a], [b]) => a - b);
  const samples = all.filter(([t], i) => i === 0 || t - all[i - 1][0] > SAME_MOMENT_S);
  channel.time = Float64Array.from(samples, ([t]) => t);
  channel.value = Float64Array.from(samples, ([, v]) => v);
  channel.isBroken = breaksOf(channel);
}

/**
 * @param {Float64Array | number[]} time
 * @param {number} at
 * @returns {number} the last sample at or before, or -1
 */
export function indexBefore(time, at) {
  let low = 0;
  let high = time.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The recorded value nearest to a moment; for a state, the one that holds then.
 * @param {Channel} channel @param {number} at @returns {number | null} null in a gap and outside the record
 */
export function valueAt(channel, at) {
  const { time, value, isBroken } = channel;
  const i = indexBefore(time, at);
  if (channel.is_stepped) return i < 0 ? null : value[i];
  const after = i + 1;
  if (i < 0) return time.length && time[0] - at < LONGEST_PAUSE_S ? value[0] : null;
  if (after === time.length) return at - time[i] < LONGEST_PAUSE_S ? value[i] : null;
  const nearest = at - time[i] <= time[after] - at ? i : after;
  const isFar = Math.abs(time[nearest] - at) > LONGEST_PAUSE_S;
  return isBroken[after] && isFar ? null : value[nearest];
}

/**
 * @param {Channel} channel
 * @param {number} from
 * @param {number} to
 * @returns {[number, number]} first and last index to draw
 */
export function rangeOf(channel, from, to) {
  const last = channel.time.length - 1;
  return [Math.max(indexBefore(channel.time, from), 0), Math.min(indexBefore(channel.time, to) + 1, last)];
}

/**
 * @param {Channel[]} channels
 * @param {number} from
 * @param {number} to
 * @returns {[number, number]} with a little air
 */
export function extentOf(channels, from, to) {
  let low = Infinity;
  let high = -Infinity;
  for (const channel of channels) {
    const [first, last] = rangeOf(channel, from, to);
    for (let i = first; i <= last; i += 1) {
      if (channel.value[i] < low) low = channel.value[i];
      if (channel.value[i] > high) high = channel.value[i];
    }
  }
  if (low > high) return [0, 1];
  const air = high > low ? (high - low) * 0.06 : Math.max(Math.abs(high) * 0.05, 1);
  return [low - air, high + air];
}
