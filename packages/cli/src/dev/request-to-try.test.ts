import { expect, test } from 'vitest';
import { curlLine, pathToTry } from './request-to-try.ts';

function deployment(container: object, annotations: object = {}): object {
  const containers = [{ name: 'app', ports: [{ name: 'http', containerPort: 8080 }], ...container }];
  return { metadata: { name: 'x', annotations }, spec: { template: { spec: { containers } } } };
}
const probe = (httpGet: object) => ({ readinessProbe: { httpGet: { port: 8080, ...httpGet } } });

test.each([
  ['the readiness probe asks for it', deployment(probe({ path: '/healthz?full=1' })), '/healthz?full=1'],
  ['the probe names the port', deployment(probe({ path: '/ok', port: 'http' })), '/ok'],
  ['the probe leaves out the slash', deployment(probe({ path: 'ok' })), '/ok'],
  ['the probe has no path', deployment(probe({})), '/'],
  ['there is no probe', deployment({}), '/'],
  ['the probe is a connect', deployment({ readinessProbe: { tcpSocket: { port: 8080 } } }), '/'],
  ['the probe has a port of its own', deployment(probe({ path: '/ok', port: 9000 })), '/'],
  ['that port takes the requests', deployment(probe({ path: '/ok', port: 9000 }), { 'rouse.dev/port': '9000' }), '/ok'],
  ['the path is quiet and wakes nothing', deployment(probe({ path: '/ok' }), { 'rouse.dev/quiet': 'path:/ok' }), '/'],
  ['the object is no Deployment', { spec: { template: 5 } }, '/'],
])('%s', (_, given, path) => {
  expect(pathToTry(given)).toBe(path);
});

test('a path with characters of the shell is quoted', () => {
  expect(curlLine('a.b', 8080, '/x')).toBe("curl -H 'Host: a.b' http://localhost:8080/x");
  expect(curlLine('a.b', 8080, "/x?a=1&b='")).toBe("curl -H 'Host: a.b' 'http://localhost:8080/x?a=1&b='\\'''");
});
