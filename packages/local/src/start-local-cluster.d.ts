/** `rouse dev`'s cluster in one process: API, controllers, manifests and the kubelet that runs the pods. */
import { type Clock, type Problem } from '@rouse/contract';
import { type Registry } from './registry.ts';
export interface LocalClusterOptions {
  /** 0 picks a free one. */
  readonly apiPort: number;
  /** Manifests: files and folders. */
  readonly paths: readonly string[];
  readonly clock: Clock;
  /** One line a pod printed, prefixed with the pod's name. */
  readonly onPodLog: (line: string) => void;
  /** A fault of a manifest, at start or after an edit; told once while it lasts. */
  readonly onProblem: (problem: Problem) => void;
  /** One line for a person, e.g. a kind that was skipped. */
  readonly onNotice: (line: string) => void;
}
export interface LocalCluster {
  /** `http://127.0.0.1:PORT`, for `kubectl --server`. */
  readonly url: string;
  readonly registry: Registry;
  /** Faults of the manifests as they are now. */
  problems(): readonly Problem[];
  /**
   * Ends all pods (SIGTERM, SIGKILL after `graceMs`), then the rest; resolves when nothing is left.
   * @param graceMs default 3000
   */
  close(graceMs?: number): Promise<void>;
}
/** Rejects when the port cannot be had; manifests with faults are told and the others run. */
export declare function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster>;
