/** Kubernetes' `$(NAME)` expansion in commands, arguments and values. */

/**
 * `$(NAME)` becomes the value, or stays as written where NAME is unknown; `$$` becomes `$`; any other `$` stays.
 * Values are not expanded again (k8s.io/kubernetes/third_party/forked/golang/expansion).
 */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  let result = '';
  let at = 0;
  for (;;) {
    const dollar = text.indexOf('$', at);
    if (dollar === -1 || dollar === text.length - 1) return result + text.slice(at);
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    const close = next === '(' ? text.indexOf(')', dollar + 2) : -1;
    if (next === '$') {
      result += '$';
      at = dollar + 2;
    } else if (close !== -1) {
      const reference = text.slice(dollar, close + 1);
      result += values.get(reference.slice(2, -1)) ?? reference;
      at = close + 1;
    } else {
      result += `$${next}`;
      at = dollar + 2;
    }
  }
}
