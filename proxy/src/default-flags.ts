/** The flags' defaults as values, where no command line was parsed. */
import { type ProxyFlagValues, proxyFlags } from '@rouse/contract';

export function defaultFlags(): ProxyFlagValues {
  const defaults = Object.entries(proxyFlags).map(([name, flag]) => [name, flag.default]);
  return Object.fromEntries(defaults) as ProxyFlagValues;
}
