/** Every metric that proxy and operator expose: name, type, labels and base unit. */

export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** `seconds`, `bytes`, or empty for plain numbers. */
  readonly unit: string;
  /** Upper bounds, for histograms. */
  readonly buckets?: readonly number[];
}

const WAIT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const CALL_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function counter(name: string, labels: readonly string[], help: string) {
  return { name, type: 'counter', help, labels, unit: '' } as const satisfies Metric;
}

function gauge(name: string, labels: readonly string[], help: string, unit = '') {
  return { name, type: 'gauge', help, labels, unit } as const satisfies Metric;
}

function histogram(name: string, labels: readonly string[], buckets: readonly number[], help: string) {
  return { name, type: 'histogram', help, labels, unit: 'seconds', buckets } as const satisfies Metric;
}

const WORKLOAD = ['namespace', 'name'];

export const proxyMetrics = {
  requests: counter(
    'rouse_proxy_requests_total',
    [...WORKLOAD, 'class'],
    'Requests answered, by class of status (`1xx` for upgrades to `5xx`).',
  ),
  unrouted: counter('rouse_proxy_unrouted_requests_total', [], 'Requests for which no route matched.'),
  quiet: counter('rouse_proxy_quiet_requests_total', WORKLOAD, 'Requests that neither wake nor count.'),
  inFlight: gauge('rouse_proxy_requests_in_flight', WORKLOAD, 'Requests at a pod now.'),
  held: gauge('rouse_proxy_requests_held', WORKLOAD, 'Requests waiting for a pod now.'),
  heldBytes: gauge('rouse_proxy_held_bytes', [], 'Bytes kept for waiting requests in this process.', 'bytes'),
  holdSeconds: histogram(
    'rouse_proxy_hold_seconds',
    WORKLOAD,
    WAIT_BUCKETS,
    'Time requests that had to wait spent waiting.',
  ),
  wakes: counter('rouse_proxy_wakes_total', WORKLOAD, 'Times a request found a workload asleep.'),
  retries: counter('rouse_proxy_retries_total', WORKLOAD, 'Attempts beyond the first.'),
  failures: counter(
    'rouse_proxy_failures_total',
    [...WORKLOAD, 'code'],
    'Answers of the proxy itself, by code (docs/errors.md); both labels are empty where no workload is known.',
  ),
  clientGone: counter(
    'rouse_proxy_client_gone_total',
    WORKLOAD,
    'Requests whose client left before the answer was complete.',
  ),
  cut: counter(
    'rouse_proxy_responses_cut_total',
    WORKLOAD,
    'Responses whose pod failed halfway, visibly to the client.',
  ),
  receivedBytes: counter('rouse_proxy_received_bytes_total', [], 'Bytes read from clients.'),
  sentBytes: counter('rouse_proxy_sent_bytes_total', [], 'Bytes written to clients.'),
  connections: gauge('rouse_proxy_connections', [], 'Client connections open now.'),
  connectionsAccepted: counter('rouse_proxy_connections_accepted_total', [], 'Client connections accepted.'),
  connectionsRefused: counter(
    'rouse_proxy_connections_refused_total',
    ['reason'],
    'Client connections closed at once: `limit`, `address-limit`, or `proxy-header` (`--proxy-protocol`).',
  ),
  poolConnections: gauge('rouse_proxy_pool_connections', ['state'], 'Connections to pods now: `idle` or `busy`.'),
  poolConnects: counter(
    'rouse_proxy_pool_connects_total',
    ['result'],
    'Connections to pods attempted: `ok`, `refused`, `timeout` or `error`.',
  ),
  probes: counter('rouse_proxy_probes_total', ['result'], 'Readiness checks made by the proxy: `ok` or `failed`.'),
  pods: gauge('rouse_proxy_pods', [...WORKLOAD, 'phase'], 'Pods in the table, by phase in force.'),
  workloads: gauge('rouse_proxy_workloads', [], 'Workloads in the table.'),
  accessLogDropped: counter(
    'rouse_proxy_access_log_dropped_total',
    [],
    'Lines of the access log that were lost, as their reader took too long or could not be written to.',
  ),
  controlEpoch: gauge('rouse_proxy_control_epoch', [], 'Epoch of the newest push accepted.'),
  controlGeneration: gauge('rouse_proxy_control_generation', [], 'Generation of the newest push accepted.'),
  controlRefused: counter(
    'rouse_proxy_control_refused_total',
    ['reason'],
    'Control requests refused: `fence`, `token` or `body`.',
  ),
  leaderAge: gauge('rouse_proxy_leader_age_seconds', [], 'Time since the last sign of life of a leader.', 'seconds'),
  reportStreams: gauge('rouse_proxy_report_streams', [], 'Readers of the report stream now.'),
  revocations: counter(
    'rouse_proxy_revocations_total',
    WORKLOAD,
    'Armed pods that were used after all, which calls their removal off.',
  ),
  shutdownCut: counter('rouse_proxy_shutdown_cut_total', [], 'Requests closed because `--shutdown-timeout` ended.'),
} as const satisfies Record<string, Metric>;

export const operatorMetrics = {
  decisions: counter(
    'rouse_operator_decisions_total',
    [...WORKLOAD, 'cause'],
    'Decisions that changed the wish, by cause.',
  ),
  desired: gauge('rouse_operator_desired_replicas', WORKLOAD, 'Replicas decided.'),
  replicas: gauge('rouse_operator_replicas', WORKLOAD, 'Replicas in the API.'),
  readyPods: gauge('rouse_operator_ready_pods', WORKLOAD, 'Ready pods in the API.'),
  observed: gauge(
    'rouse_operator_observed_metric',
    [...WORKLOAD, 'window'],
    'Average of the metric: window `stable` or `panic`.',
  ),
  target: gauge('rouse_operator_target_metric', WORKLOAD, 'Target per pod, utilization included.'),
  panicking: gauge('rouse_operator_panic_mode', WORKLOAD, '1 while in panic mode.'),
  blocked: gauge('rouse_operator_blocked', [...WORKLOAD, 'code'], '1 while no pod can start, by code.'),
  workloads: gauge(
    'rouse_operator_workloads',
    ['state'],
    'Workloads by state: `asleep`, `waking`, `awake`, `unmanaged`.',
  ),
  problems: gauge('rouse_operator_problems', WORKLOAD, 'Problems of severity error in the annotations.'),
  patches: counter(
    'rouse_operator_scale_patches_total',
    [...WORKLOAD, 'result'],
    'Writes of /scale: `ok`, `conflict`, `refused` or `unknown`.',
  ),
  wakeSeconds: histogram(
    'rouse_operator_wake_patch_seconds',
    [],
    CALL_BUCKETS,
    'Time from the report of a first request to the accepted /scale.',
  ),
  coldStartSeconds: histogram(
    'rouse_operator_cold_start_seconds',
    [...WORKLOAD, 'stage'],
    WAIT_BUCKETS,
    'Cold starts since the arrival of the first request, by stage: `patched`, `started`, `port`, `first-byte`.',
  ),
  handshakes: counter(
    'rouse_operator_handshakes_total',
    [...WORKLOAD, 'outcome'],
    'Handshakes before a removal, by outcome: `patched`, `revoked`, `aborted`.',
  ),
  foreignWrites: counter('rouse_operator_foreign_writes_total', WORKLOAD, 'Changes of spec.replicas by others.'),
  apiRequests: counter(
    'rouse_operator_api_requests_total',
    ['verb', 'resource', 'code'],
    'Calls of the Kubernetes API, by status code; `error` where there was no answer. A `list` is a full read of a resource.',
  ),
  apiSeconds: histogram(
    'rouse_operator_api_request_seconds',
    ['verb', 'resource'],
    CALL_BUCKETS,
    'Latency of calls of the Kubernetes API; watches excluded.',
  ),
  queueDepth: gauge('rouse_operator_queue_keys', [], 'Keys waiting to be reconciled.'),
  reconcileSeconds: histogram('rouse_operator_reconcile_seconds', [], CALL_BUCKETS, 'Time of one reconcile.'),
  members: gauge(
    'rouse_operator_proxy_members',
    ['state'],
    'Proxies: `reporting`, `silent` (never heard, or not for 3 s).',
  ),
  reportAge: gauge('rouse_operator_report_age_seconds', ['proxy'], 'Time since the last report of a proxy.', 'seconds'),
  pushes: counter(
    'rouse_operator_pushes_total',
    ['proxy', 'result'],
    'Control requests to proxies: `ok`, `fenced`, `error`.',
  ),
  pushSeconds: histogram('rouse_operator_push_seconds', [], CALL_BUCKETS, 'Latency of control requests to proxies.'),
  leader: gauge('rouse_operator_leader', [], '1 while this replica leads.'),
  leaseTransitions: gauge(
    'rouse_operator_lease_transitions',
    [],
    'Transitions of the Lease, which is the epoch of pushes.',
  ),
  events: counter('rouse_operator_events_total', ['type'], 'Events written: `Normal` or `Warning`.'),
} as const satisfies Record<string, Metric>;

/** Every metric, in the order of the reference page. */
export const metrics: readonly Metric[] = [...Object.values(proxyMetrics), ...Object.values(operatorMetrics)];
