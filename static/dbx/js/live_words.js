/** What the live map says of an aircraft: its age, and its figures as a pilot reads them. */

/**
 * @typedef {{
 *   key: string, flight: string, label: string, name: string, at: number, heard: number,
 *   latitude: number | null, longitude: number | null, altitude_m: number | null, height_m: number | null,
 *   ground_speed_ms: number | null, yaw_deg: number | null, battery_percentage: number | null,
 *   battery_voltage_v: number | null,
 * }} Aircraft times in Unix seconds: when the newest point was measured, and when it came
 * @typedef {"fresh" | "stale" | "lost"} State
 */

const LATE_S = 10;
export const LOW_BATTERY_PERCENT = 20;

/** @param {number} seconds @returns {string} as the server says it (pages/views/live.py) */
export function ago(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min ago`;
}

/** @param {Aircraft} aircraft @param {number} nowS @returns {number} how old the position is, in seconds */
export const ageOf = (aircraft, nowS) => Math.max(nowS - Math.min(aircraft.at, aircraft.heard), 0);

/** @param {number} ageS @param {{staleS: number, lostS: number}} limits @returns {State} */
export function stateOf(ageS, { staleS, lostS }) {
  if (ageS >= lostS) return "lost";
  return ageS >= staleS ? "stale" : "fresh";
}

/** @param {number | null} value @param {number} decimals @param {string} unit */
const written = (value, decimals, unit) => (value === null ? "–" : `${value.toFixed(decimals)} ${unit}`);

/** @param {Aircraft} aircraft @returns {[string, string][]} name and value */
export function figuresOf(aircraft) {
  const height = aircraft.height_m === null && aircraft.altitude_m !== null
    ? ["Altitude", written(aircraft.altitude_m, 0, "m")] : ["Height", written(aircraft.height_m, 0, "m")];
  const battery = aircraft.battery_percentage === null && aircraft.battery_voltage_v !== null
    ? written(aircraft.battery_voltage_v, 1, "V") : written(aircraft.battery_percentage, 0, "%");
  return [height, ["Speed", written(aircraft.ground_speed_ms, 1, "m/s")], ["Battery", battery]];
}

/** @param {Aircraft} aircraft @returns {string} what else a person should know, or nothing */
export function noteOf(aircraft) {
  if (aircraft.latitude === null || aircraft.longitude === null) return "It sends, but no position.";
  const lateS = aircraft.heard - aircraft.at;
  return lateS > LATE_S ? `Its points arrive ${ago(lateS).replace(" ago", "")} late.` : "";
}

/** @param {Aircraft} aircraft */
export const isLow = ({ battery_percentage: left }) => left !== null && left <= LOW_BATTERY_PERCENT;
