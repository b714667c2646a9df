/** Reads Via, which tells the ways a message has come (RFC 9110 7.6.3). */

/** True where `name` is the received-by of an entry of a Via list. */
export function passedBy(via: string, name: string): boolean {
  return via.includes(name) && via.split(',').some((entry) => entry.trim().split(/[ \t]+/)[1] === name);
}
