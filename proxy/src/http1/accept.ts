/** How much a client wants a media type, by its Accept (RFC 9110 12.5.1). */

/**
 * Weight of the type where it is named, 0 where it is not: a wildcard says nothing about what a client can show.
 * @param accept the field's value; of several lines, any
 * @param type in lower case, without parameters
 * @returns 0–1; a weight that does not parse counts as 0
 */
export function accepts(accept: string, type: string): number {
  let weight = 0;
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';');
    if (name.trim().toLowerCase() === type) weight = Math.max(weight, weightOf(parameters));
  }
  return weight;
}

function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    if (name.trim().toLowerCase() !== 'q') continue;
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value.trim()) ? Number(value) : 0;
  }
  return 1;
}
