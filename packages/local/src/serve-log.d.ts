/** `GET .../pods/NAME/log`: what a container printed, and with `follow` what it prints until it ends. */
import type { ServerResponse } from 'node:http';
import type { Kubelet } from '@rouse/kubelet';
import { ApiError } from './api-error.ts';
import type { Pod } from './objects.ts';
/** Where the logs are: the kubelet that runs the pods. */
export type LogSource = Kubelet['logs'];
/** Streams the log; resolves once it is through, or with the refusal. */
export declare function serveLog(
  source: LogSource | undefined,
  pod: Pod,
  query: URLSearchParams,
  response: ServerResponse,
  nowMs: number,
): Promise<ApiError | null>;
