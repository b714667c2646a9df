/** A system under test: Rouse beside a Kubernetes API, as `rouse dev` or on a cluster, in the eyes of cases that run on both. */
import type { Kube } from '@rouse/kube';
import type { OperatorAddress } from './operator-api.ts';

export interface System {
  /** As an administrator. */
  readonly kube: Kube;
  /** What leads kubectl there. */
  readonly kubectlFlags: readonly string[];
  /** Where the apps under test write what they do. */
  readonly appLogFile: string;
  /** Of 127.0.0.1: where clients send their requests. */
  readonly port: number;
  readonly operator: OperatorAddress;
  operatorPid(): number;
  /** Each one itself, however it is reached otherwise. */
  proxies(): Promise<readonly ProxyProcess[]>;
}

export interface ProxyProcess {
  readonly address: string;
  readonly port: number;
  readonly pid: number;
}
