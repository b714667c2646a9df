/** The proxy as a library: for tests and benchmarks that run one inside their own process. */
export { type ProxyOptions, type ProxyStart, type RunningProxy, startProxy } from './start-proxy.ts';
