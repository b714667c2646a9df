/** Limits that random inputs can reach: the code that holds them to it is the same. */
import { defaultHttp1Limits, type Http1Limits } from '../src/http1/limits.ts';

export const smallLimits: Http1Limits = {
  ...defaultHttp1Limits,
  headBytes: 1_024,
  fields: 24,
  targetBytes: 128,
  trailerBytes: 128,
  chunkExtensionBytes: 48,
  responseHeadBytes: 1_024,
  interimResponses: 3,
};
