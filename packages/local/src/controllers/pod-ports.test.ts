import { expect, test } from 'vitest';
import type { PodSpec } from '../objects.ts';
import { countPorts, withOwnPorts } from './pod-ports.ts';

const spec: PodSpec = {
  containers: [
    {
      name: 'app',
      ports: [{ name: 'http', containerPort: 8080, hostPort: 80 }, { containerPort: 9090 }],
      readinessProbe: { httpGet: { path: '/', port: 'http' } },
      livenessProbe: { tcpSocket: { port: 9090 } },
      startupProbe: { grpc: { port: '8080' } },
      lifecycle: { preStop: { httpGet: { port: 8080 } } },
    },
    { name: 'side', ports: [{ containerPort: 8080 }], readinessProbe: { tcpSocket: { port: 7000 } } },
  ],
};

test('each containerPort, and each probe and hook that names it by number or name, gets the port of its own', () => {
  const before = JSON.stringify(spec);
  const own = withOwnPorts(spec, [20_001, 20_002]);
  expect(own.containers).toEqual([
    {
      name: 'app',
      ports: [{ name: 'http', containerPort: 20_001 }, { containerPort: 20_002 }],
      readinessProbe: { httpGet: { path: '/', port: 20_001 } },
      livenessProbe: { tcpSocket: { port: 20_002 } },
      startupProbe: { grpc: { port: 20_001 } },
      lifecycle: { preStop: { httpGet: { port: 20_001 } } },
    },
    { name: 'side', ports: [{ containerPort: 20_001 }], readinessProbe: { tcpSocket: { port: 7000 } } },
  ]);
  expect(JSON.stringify(spec)).toBe(before);
});

test('a number declared by two containers is one port; none declared is none', () => {
  expect(countPorts(spec)).toBe(2);
  expect(countPorts({ containers: [{ name: 'app' }] })).toBe(0);
});
