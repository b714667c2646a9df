/** Flags of the proxy. */
import { type FlagValues, flag } from './flag.ts';
import { bindHost, cidr, listenPort } from './network-values.ts';
import { duration, formatSize, integer, size } from './number-values.ts';
import { controlTokenFileFlag, logLevelFlag } from './shared-flags.ts';
import { boolean, choice, list, text } from './text-values.ts';

/** An HTTP token (RFC 9110 5.6.2), lower-cased: protocol names are compared without case. */
function protocolToken() {
  return text(
    'a protocol name',
    (value) => (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value) ? value.toLowerCase() : null),
    {
      good: ['websocket', 'SPDY'],
      bad: ['', 'web socket', 'a/b'],
      forbidden: [' ', '"', '/', '\n'],
    },
  );
}

function accessLogTarget() {
  return text(
    '`off`, `stdout`, or the absolute path of a file',
    (value) => (value === 'off' || value === 'stdout' || /^\/[^\0\n]*[^/\0\n]$/.test(value) ? value : null),
    {
      good: ['off', 'stdout', '/var/log/rouse/access.log'],
      bad: ['', 'on', 'access.log', '/', '/logs/'],
      forbidden: ['\n', '\0'],
    },
  );
}

function bytes(name: string, defaultBytes: number, minBytes: number, maxBytes: number, doc: string) {
  return flag(name, size(minBytes, maxBytes), { default: defaultBytes, defaultText: formatSize(defaultBytes), doc });
}

function time(name: string, value: string, min: string, max: string, doc: string) {
  const kind = duration(min, max);
  const parsed = kind.parse(value);
  if (!parsed.ok) throw new Error(`default of --${name} is out of its own range`);
  return flag(name, kind, { default: parsed.value, defaultText: value, doc });
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

export const proxyFlags = {
  port: flag('port', listenPort(), { default: 8080, doc: 'Port for the traffic; 0 takes a free one.' }),
  host: flag('host', bindHost(), { default: '0.0.0.0', doc: 'Address the traffic port is bound to.' }),
  adminPort: flag('admin-port', listenPort(), {
    default: 8081,
    doc: 'Port of the control API, health and metrics; 0 takes a free one.',
  }),
  adminHost: flag('admin-host', bindHost(), {
    default: '127.0.0.1',
    doc: 'Address the admin port is bound to; anything but loopback needs a control token.',
  }),
  controlTokenFile: controlTokenFileFlag,
  allowLocalPods: flag('allow-local-pods', boolean(), {
    default: false,
    doc: 'Accepts pods on loopback addresses, as `rouse dev` has them.',
  }),
  trustedProxies: flag('trusted-proxies', list(cidr()), {
    default: [] as readonly never[],
    defaultText: 'none',
    doc: 'Peers whose forwarding fields (X-Forwarded-*, Forwarded) are kept and extended; from others they are removed.',
  }),
  proxyProtocol: flag('proxy-protocol', list(cidr()), {
    default: [] as readonly never[],
    defaultText: 'none',
    doc: 'Peers, mostly load balancers, whose connections must begin with a header of the PROXY protocol (version 1 or 2): the client it names counts for X-Forwarded-For, `--trusted-proxies`, limits and logs. From others such a header is refused.',
  }),
  requestId: flag('request-id', choice('keep', 'trusted', 'off'), {
    default: 'keep' as const,
    doc: "`keep`: every request gets to its pod with an `X-Request-Id`, the client's own (up to 128 letters, digits and `._~+/=:@-`) or one made here; the proxy's own answers and the access log name it too. `trusted`: only the ids of `--trusted-proxies` are kept. `off`: the field is passed on as it comes.",
  }),
  upgrades: flag('upgrades', list(protocolToken()), {
    default: ['websocket'] as readonly string[],
    defaultText: 'websocket',
    doc: 'Protocols that may be upgraded to.',
  }),
  staleAfter: time(
    'stale-after',
    '60s',
    '1s',
    '1h',
    'Without a sign of life of a leader for this long, no connection is opened to a new address.',
  ),
  shutdownDelay: time(
    'shutdown-delay',
    '5s',
    '0s',
    '10m',
    'How long requests are still taken after SIGTERM, while load balancers notice.',
  ),
  shutdownTimeout: time('shutdown-timeout', '60s', '0s', '24h', 'How long requests may then still run.'),
  headBytes: bytes('head-bytes', 64 * KIB, KIB, MIB, 'Largest request head.'),
  headFields: flag('head-fields', integer(8, 10_000), { default: 128, doc: 'Most fields of a request head.' }),
  targetBytes: bytes('target-bytes', 16 * KIB, 256, MIB, 'Longest request target.'),
  trailerBytes: bytes('trailer-bytes', 8 * KIB, 0, MIB, 'Largest trailer section.'),
  chunkExtensionBytes: bytes('chunk-extension-bytes', 4 * KIB, 0, MIB, 'Most bytes of chunk extensions in one body.'),
  responseHeadBytes: bytes('response-head-bytes', 48 * KIB, KIB, MIB, 'Largest response head.'),
  interimResponses: flag('interim-responses', integer(0, 1000), {
    default: 16,
    doc: 'Most 1xx responses before the final one.',
  }),
  pipelineBytes: bytes(
    'pipeline-bytes',
    64 * KIB,
    KIB,
    16 * MIB,
    'Most bytes read ahead of the answer to the current request.',
  ),
  headTimeout: time('head-timeout', '10s', '100ms', '10m', 'Longest a request head may take from its first byte.'),
  keepAliveTimeout: time(
    'keep-alive-timeout',
    '75s',
    '100ms',
    '1h',
    'Longest a client connection stays open without a request.',
  ),
  clientStallTimeout: time(
    'client-stall-timeout',
    '60s',
    '100ms',
    '1h',
    'Longest the proxy waits for a client to send or take a byte; not after an upgrade.',
  ),
  maxConnections: flag('max-connections', integer(1, 10_000_000), {
    default: null,
    defaultText: 'from RLIMIT_NOFILE',
    doc: 'Most client connections; at 90 % further ones are answered 503 and closed.',
  }),
  maxConnectionsPerAddress: flag('max-connections-per-address', integer(0, 10_000_000), {
    default: 0,
    doc: 'Most connections of one client address; 0 is no limit.',
  }),
  maxConnectionAge: time(
    'max-connection-age',
    '0s',
    '0s',
    '720h',
    'After this long, up to a tenth more or less, a client connection ends with its next answer, and at once while idle, so that clients spread over new proxies; 0 is no limit.',
  ),
  maxConnectionAgeGrace: time(
    'max-connection-age-grace',
    '0s',
    '0s',
    '24h',
    'How long a request or an upgraded connection may then still run before it is cut off; 0 is as long as it takes.',
  ),
  connectTimeout: time('connect-timeout', '500ms', '10ms', '1m', 'Longest a connection to a pod may take.'),
  podConnections: flag('pod-connections', integer(1, 100_000), {
    default: 512,
    doc: 'Connections to one pod past which more are made only while none comes free; upgraded ones do not count.',
  }),
  heldBytes: bytes('held-bytes', 256 * MIB, 64 * KIB, 64 * GIB, 'Most bytes kept for waiting requests in all.'),
  heldBytesPerWorkload: bytes(
    'held-bytes-per-workload',
    128 * MIB,
    64 * KIB,
    64 * GIB,
    'Most bytes kept for waiting requests of one workload.',
  ),
  heldRequests: flag('held-requests', integer(1, 10_000_000), {
    default: null,
    defaultText: 'as many as client connections',
    doc: 'Most requests that wait in all.',
  }),
  heldShare: flag('held-share', integer(1, 100, '%'), {
    default: 75,
    doc: 'Part of the waiting room (`--held-requests` and `--held-bytes`) that one workload may take alone; where several crowd it each gets less, in proportion to what is left, so that there is always room for another. 100 shares nothing out.',
  }),
  transport: flag('transport', choice('auto', 'onread', 'data'), {
    default: 'auto' as const,
    doc: '`onread` works on the undocumented TCP handles of Node and reads into reused buffers, `data` uses public API alone; `auto` probes at start.',
  }),
  accessLog: flag('access-log', accessLogTarget(), {
    default: 'off',
    doc: 'Writes one JSON object per request to standard output, or appends it to a file. What is not taken in time is dropped and counted, never waited for.',
  }),
  logLevel: logLevelFlag,
} as const;

export type ProxyFlagValues = FlagValues<typeof proxyFlags>;
