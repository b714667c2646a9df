/** The HTTP/1.1 engine's limits, from the flags. */
import type { ProxyFlagValues } from '@rouse/contract';
import type { Http1Limits } from './http1/limits.ts';

export function http1Limits(flags: ProxyFlagValues): Http1Limits {
  return {
    headBytes: flags.headBytes,
    fields: flags.headFields,
    targetBytes: flags.targetBytes,
    trailerBytes: flags.trailerBytes,
    chunkExtensionBytes: flags.chunkExtensionBytes,
    responseHeadBytes: flags.responseHeadBytes,
    interimResponses: flags.interimResponses,
    readAheadBytes: flags.pipelineBytes,
    headTimeoutMs: flags.headTimeout,
    keepAliveTimeoutMs: flags.keepAliveTimeout,
    clientStallTimeoutMs: flags.clientStallTimeout,
    connectTimeoutMs: flags.connectTimeout,
    podConnections: flags.podConnections,
  };
}
