/** The proxy as a library: for tests and benchmarks that run one inside their own process. */
export { type Proxy, type ProxyOptions, type ProxyStart, startProxy } from './start-proxy.ts';
