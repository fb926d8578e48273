/** Round numbers for axes, and values written with the digits their unit deserves. */

const TIME_STEPS_S = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
const DECIMALS = {
  V: 2, A: 1, m: 1, "m/s": 1, "m/s²": 2, "°": 1, "°/s": 1, "%": 0, rpm: 0, "µs": 0, mAh: 0, mG: 0, "°C": 1,
};
const DEGREES_ON_EARTH = new Set(["latitude", "longitude"]);

/**
 * @param {number} span
 * @param {number} count about so many steps
 * @returns {number} 1, 2 or 5 times a power of ten
 */
export function niceStep(span, count) {
  const rough = span / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const ratio = rough / power;
  return power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
}

/** @param {number} spanS @param {number} count @returns {number} a step people count seconds in */
export function niceTimeStep(spanS, count) {
  const rough = spanS / Math.max(count, 1);
  return TIME_STEPS_S.find((step) => step >= rough) ?? niceStep(spanS, count);
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} step
 * @returns {number[]} multiples of step inside
 */
export function ticks(low, high, step) {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => (first + i) * step);
}

/** @param {number} value @param {number} step @returns {string} with the decimals the step needs */
export function tickLabel(value, step) {
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return (Math.abs(value) < step / 2 ? 0 : value).toFixed(Math.min(decimals, 7));
}

/** @param {{name: string, unit: string, is_stepped: boolean}} channel @param {number | null} value */
export function reading(channel, value) {
  if (value === null) return "–";
  if (channel.name.startsWith("is_")) return value ? "yes" : "no";
  if (DEGREES_ON_EARTH.has(channel.name)) return `${value.toFixed(6)}°`;
  const decimals = DECIMALS[channel.unit] ?? (channel.is_stepped && Number.isInteger(value) ? 0 : 2);
  const text = value.toFixed(decimals).replace(/^-(0(\.0+)?)$/, "$1");
  if (!channel.unit) return text;
  return channel.unit.startsWith("°") ? text + channel.unit : `${text} ${channel.unit}`;
}

/** @param {number} timeS @returns {string} such as "93.2 s" */
export const bootTime = (timeS) => `${timeS.toFixed(1)} s`;

/**
 * @param {number | null} bootAtMs UTC of boot-clock zero
 * @param {number} timeS
 * @returns {string} such as "23:45:12.5 UTC"
 */
export function utcTime(bootAtMs, timeS) {
  if (bootAtMs === null) return "no UTC in this log";
  const moment = new Date(bootAtMs + Math.round(timeS * 10) * 100);
  return `${moment.toISOString().slice(11, 21)} UTC`;
}
