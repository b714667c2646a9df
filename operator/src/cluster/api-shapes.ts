/** The parts of Kubernetes objects that the operator reads, as they stand in JSON. */
import type { KubeObject } from '@rouse/kube';

type Labels = Readonly<Record<string, string>>;

export interface RawCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  /** RFC 3339. */
  readonly lastTransitionTime?: string;
}

export interface RawProbe {
  readonly httpGet?: {
    readonly path?: string;
    readonly port: number | string;
    readonly scheme?: string;
    readonly httpHeaders?: readonly { readonly name: string; readonly value?: string }[];
  };
  readonly tcpSocket?: { readonly port: number | string };
  readonly exec?: object;
  readonly grpc?: object;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
}

export interface RawContainer {
  readonly name: string;
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[];
  readonly readinessProbe?: RawProbe;
  readonly startupProbe?: RawProbe;
  /** `Always` on an init container makes it a sidecar. */
  readonly restartPolicy?: string;
}

export interface RawPodSpec {
  readonly nodeName?: string;
  readonly containers: readonly RawContainer[];
  readonly initContainers?: readonly RawContainer[];
  readonly readinessGates?: readonly object[];
}

export interface RawPodTemplate {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly spec?: RawPodSpec;
}

export interface RawDeployment extends KubeObject {
  readonly spec?: { readonly replicas?: number; readonly template?: RawPodTemplate };
  readonly status?: {
    readonly replicas?: number;
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly conditions?: readonly RawCondition[];
  };
}

export interface RawReplicaSet extends KubeObject {
  readonly spec?: { readonly replicas?: number; readonly template?: RawPodTemplate };
  readonly status?: {
    readonly replicas?: number;
    readonly observedGeneration?: number;
    readonly conditions?: readonly RawCondition[];
  };
}

export interface RawContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
  };
  readonly lastState?: {
    readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
  };
}

export interface RawPod extends KubeObject {
  readonly spec?: RawPodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly reason?: string;
    readonly conditions?: readonly RawCondition[];
    readonly containerStatuses?: readonly RawContainerStatus[];
    readonly initContainerStatuses?: readonly RawContainerStatus[];
  };
}

export interface RawService extends KubeObject {
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Labels;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly targetPort?: number | string;
      readonly protocol?: string;
      readonly appProtocol?: string;
    }[];
  };
}

export interface RawHorizontalPodAutoscaler extends KubeObject {
  readonly spec?: {
    readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
  };
}

/** Unix ms of an RFC 3339 time; null when absent or unreadable. */
export function unixMs(time: string | undefined): number | null {
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? null : ms;
}
