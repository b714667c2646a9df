/** Where the API is and how to speak to it: from a kubeconfig by client-node's KubeConfig, or as this pod finds it. */
import type { KubeConfig } from '@kubernetes/client-node';
import { serviceAccount } from './service-account.ts';

/** PEM, as text or bytes. */
type Pem = string | Buffer | (string | Buffer)[];

export interface TlsIdentity {
  ca?: Pem;
  cert?: Pem;
  key?: Pem;
  servername?: string;
  rejectUnauthorized?: boolean;
}

/** What one connection attempt needs; `identity` changes when connections must be made anew. */
export interface Credentials {
  readonly server: string;
  readonly namespace: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Readonly<TlsIdentity>;
  /** `http://…` or `socks5://…`; the kubeconfig's `proxy-url`. */
  readonly proxyUrl: string | undefined;
}

export interface CredentialSource {
  /** @throws Error with a message for people when the file is missing or unusable. */
  current(): Promise<Credentials>;
  /** The server refused them: read everything again on the next call. */
  refresh(): void;
}

export interface CredentialOptions {
  /** Path, or the kubeconfig itself as an object; undefined = $KUBECONFIG, ~/.kube/config, then the service account. */
  readonly kubeconfig?: string | object;
  /** Only the service account mounted into this pod. */
  readonly inCluster?: boolean;
}

/** Tokens and certificates are taken again this often; KubeConfig caches exec plugins and token files itself. */
const KEEP_MS = 10_000;

/** A plain `http(s)://` server without credentials. */
export function anonymous(server: string): CredentialSource {
  const credentials: Credentials = { server, namespace: 'default', headers: {}, tls: {}, proxyUrl: undefined };
  return { current: () => Promise.resolve(credentials), refresh: () => undefined };
}

/** Credentials that may rotate. */
export function rotating(options: CredentialOptions): CredentialSource {
  return options.inCluster ? kept(serviceAccount) : fromKubeConfig(options);
}

/** client-node (250 ms to import) is loaded on the first call. */
function fromKubeConfig(options: CredentialOptions): CredentialSource {
  let config: Promise<KubeConfig> | undefined;
  return kept(
    async () => {
      config ??= load(options);
      return credentialsOf(await config);
    },
    () => {
      config = undefined;
    },
  );
}

/** @param forget what `read` remembers must not be used again */
function kept(read: () => Promise<Credentials>, forget: () => void = () => undefined): CredentialSource {
  let newest: { readonly untilMs: number; readonly value: Promise<Credentials> } | undefined;

  function refresh(): void {
    forget();
    newest = undefined;
  }

  return {
    current() {
      const nowMs = performance.now();
      if (newest === undefined || newest.untilMs < nowMs) {
        const value = read();
        newest = { untilMs: nowMs + KEEP_MS, value };
        value.catch(refresh);
      }
      return newest.value;
    },
    refresh,
  };
}

async function load(options: CredentialOptions): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (typeof options.kubeconfig === 'string') config.loadFromFile(options.kubeconfig);
  else if (options.kubeconfig !== undefined) config.loadFromString(JSON.stringify(options.kubeconfig));
  else config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      `the kubeconfig's current-context ${JSON.stringify(config.getCurrentContext() ?? '')} names no cluster`,
    );
  }
  // KubeConfig refuses plain http unless told not to verify; kubectl does not, and there is nothing to verify.
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    config.clusters = config.clusters.map((each) => (each === cluster ? { ...each, skipTLSVerify: true } : each));
  }
  return config;
}

/** What `applyToHTTPSOptions` fills in, of all it may. */
interface Applied extends TlsIdentity {
  headers?: Record<string, string>;
  auth?: string;
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const cluster = config.getCurrentCluster()!;
  const applied: Applied = {};
  await config.applyToHTTPSOptions(applied as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
  const headers = { ...applied.headers };
  if (applied.auth !== undefined) headers.Authorization = `Basic ${Buffer.from(applied.auth).toString('base64')}`;
  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace || 'default',
    headers,
    tls: {
      ...(applied.ca === undefined ? {} : { ca: applied.ca }),
      ...(applied.cert === undefined ? {} : { cert: applied.cert }),
      ...(applied.key === undefined ? {} : { key: applied.key }),
      ...(applied.servername === undefined ? {} : { servername: applied.servername }),
      ...(applied.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: applied.rejectUnauthorized }),
    },
    proxyUrl: cluster.proxyUrl,
  };
}
