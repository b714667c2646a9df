/** Looks up a field in the text of a head whose places are no longer known: for requests that had to wait. */

/** First value of the field by lower-case name; undefined where absent. `text` has passed the parser. */
export function retainedField(text: string, name: string): string | undefined {
  for (let start = text.indexOf('\r\n') + 2; start > 1; start = text.indexOf('\r\n', start) + 2) {
    const colon = start + name.length;
    if (text.charCodeAt(colon) === 58 && text.slice(start, colon).toLowerCase() === name) {
      return text.slice(colon + 1, text.indexOf('\r\n', colon)).trim();
    }
  }
  return undefined;
}
