/** Rounds to decimal digits, half away from zero, as Go's math.Round does: averages lose their float residue before they are compared. */

/** @param digits decimal digits kept, 0–15 */
export function roundToDigits(digits: number, value: number): number {
  const scale = 10 ** digits;
  const magnitude = Math.round(Math.abs(value) * scale) / scale;
  return value < 0 && magnitude > 0 ? -magnitude : magnitude;
}
