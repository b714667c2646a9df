/** Deep equality of JSON values, numbers to within float residue. */

const RESIDUE = 1e-9;

export function equalValues(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') return Math.abs(left - right) <= RESIDUE;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((value, index) => equalValues(value, right[index]));
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  const ours = new Map(Object.entries(left));
  const theirs = new Map(Object.entries(right));
  return (
    ours.size === theirs.size &&
    [...ours].every(([key, value]) => theirs.has(key) && equalValues(value, theirs.get(key)))
  );
}
