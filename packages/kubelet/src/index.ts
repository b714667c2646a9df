/** The pods bound to a node as processes of this machine, speaking the Kubernetes API. */

export { type AddressRange, addressRange } from './address-range.ts';
export type { KubeletLog } from './context.ts';
export { type Kubelet, type KubeletOptions, type LogResult, type LogSink, startKubelet } from './kubelet.ts';
export { DEV_COMMAND } from './launch.ts';
export { readLogQuery, sendLog } from './log-request.ts';
export type { LogOptions } from './logs.ts';
export type { NodeOptions } from './node-agent.ts';
export type * from './pod.ts';
