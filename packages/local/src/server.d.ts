import type { Clock } from '@rouse/contract';
import { type Registry } from './registry.ts';
import { type LogSource } from './serve-log.ts';
import { type Store } from './store.ts';
export interface LocalApiOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** A loopback address: there is no authentication. */
  readonly host?: string;
  readonly clock: Clock;
  /** Answers `kubectl logs`. */
  readonly logs?: LogSource;
  /** Called with a message and fields for what a person may want to know. */
  readonly log?: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
}
export interface LocalApi {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly store: Store;
  /** The same reads and writes as over HTTP, for controllers in this process. */
  readonly registry: Registry;
  /** Ends every watch at once, as a restarting server would. */
  cutWatches(): void;
  close(): Promise<void>;
}
/** Starts the API with the namespaces `default` and `kube-system` and one node. Rejects when the port cannot be had. */
export declare function startLocalApi(options: LocalApiOptions): Promise<LocalApi>;
