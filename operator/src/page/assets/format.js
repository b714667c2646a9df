/** Figures and times as the page says them. */
// @ts-check

/** At most one decimal below 100, none above: `0.7`, `24`, `1,250`. @param {number} value */
export function figure(value) {
  return value.toLocaleString('en-GB', { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 });
}

/** `391 ms`, `2.4 s`, `3 min 5 s`. @param {number} ms */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return wholeSeconds(ms);
}

/** `12 s`, `3 min 5 s`, `2 h 4 min`. @param {number} ms */
export function wholeSeconds(ms) {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** `just now`, `12 s ago`, `5 min ago`, `3 h ago`. @param {string} rfc3339 @param {number} nowMs wall time */
export function ago(rfc3339, nowMs) {
  const seconds = Math.round((nowMs - Date.parse(rfc3339)) / 1000);
  if (!(seconds >= 2)) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** `14:03:09`, local time. @param {string} rfc3339 */
export function timeOfDay(rfc3339) {
  return new Date(rfc3339).toLocaleTimeString('en-GB');
}

/** `1 pod`, `3 pods`. @param {number} count @param {string} noun */
export function plural(count, noun) {
  return `${figure(count)} ${noun}${count === 1 ? '' : 's'}`;
}
