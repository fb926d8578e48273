/** Which channels share a chart: those of one group and one unit, unless their scales do not mix. */

/** Channels that would flatten their neighbours: each gets a panel of its own. */
const ALONE = [
  "latitude", "longitude", "altitude_m", "board_voltage_v", "battery_consumed_mah", "throttle_percentage",
  "clipping_count", "gps_fix_type",
];
const PAIRS = { yaw_deg: "heading", yaw_setpoint_deg: "heading", is_armed: "yes-no", is_flying: "yes-no" };
const PAIR_LABELS = { heading: "Heading", "yes-no": "Armed, in the air" };

/**
 * What a pilot looks at first: the height, then what the analysis points at, then the usual. The
 * rest waits folded, with its values shown.
 */
const HEIGHT = "position m";
const OPEN_AT_FIRST = new Set([
  HEIGHT, "speed m/s", "attitude °", "vibration m/s²", "battery V", "battery A", "propulsion rpm", "propulsion µs",
]);
const FOLDED = 3;
const MOST_OPEN = 6;

/**
 * @param {{name: string, label: string}} group
 * @param {any} channel
 * @returns {string} channels with the same key share a panel
 */
function keyOf(group, channel) {
  if (ALONE.includes(channel.name)) return channel.name;
  return PAIRS[channel.name] ?? `${group.name} ${channel.unit}`;
}

/** @param {any[]} channels @returns {string} "Motor speed" of Motor speed 1, 2, 3; nothing for unlike channels */
function sharedLabel(channels) {
  const [first, ...others] = channels.map((channel) => /^(.+) \d+$/.exec(channel.label)?.[1]);
  return first && others.every((label) => label === first) ? first : "";
}

/** @param {string} key @param {{label: string}} group @param {any[]} channels */
function labelOf(key, group, channels) {
  if (PAIR_LABELS[key]) return PAIR_LABELS[key];
  return channels.length === 1 ? channels[0].label : sharedLabel(channels) || group.label;
}

/** @param {{name: string, label: string, channels: any[]}} group @returns {Map<string, any[]>} */
function byKey(group) {
  const found = new Map();
  for (const channel of group.channels) {
    const key = keyOf(group, channel);
    found.set(key, [...(found.get(key) ?? []), channel]);
  }
  return found;
}

/** @param {string} key @param {any[]} channels @param {string[]} pointedAt @returns {number} the lowest first */
function rankOf(key, channels, pointedAt) {
  if (key === HEIGHT) return 0;
  const order = pointedAt.findIndex((name) => channels.some((channel) => channel.name === name));
  if (order >= 0) return 1 + order / pointedAt.length;
  return OPEN_AT_FIRST.has(key) ? 2 : FOLDED;
}

/**
 * @typedef {{name: string, label: string, unit: string, isOpen: boolean, channels: any[]}} Panel
 * @param {{name: string, label: string, channels: any[]}[]} groups
 * @param {string[]} pointedAt channels of serious findings, the first finding's first
 * @returns {Panel[]} in the order to show, open ones first
 */
export function panelsOf(groups, pointedAt) {
  const panels = groups.flatMap((group) => {
    return [...byKey(group)].map(([key, channels]) => ({
      name: group.name,
      label: labelOf(key, group, channels),
      unit: channels[0].unit,
      channels,
      rank: rankOf(key, channels, pointedAt),
    }));
  });
  panels.sort((a, b) => a.rank - b.rank);
  return panels.map((panel, i) => ({ ...panel, isOpen: i === 0 || (panel.rank < FOLDED && i < MOST_OPEN) }));
}
