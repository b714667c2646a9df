/** Readers that take nothing of their answers, on a workload whose pods take one request at a time. */
import net from 'node:net';
import { until } from '@rouse/contract/testing';
import { hands } from '../hands.ts';
import { startRouseDev } from '../rouse-dev.ts';
import { type Experience, startBystander } from './bystander.ts';

export interface SlowReadersResult {
  /** Readers of an answer that fits into buffers: they keep no pod busy. */
  readonly smallAnswers: Experience;
  /** Readers of one that does not: each keeps a pod, and more pods come for the others. */
  readonly largeAnswers: Experience;
  /** Most pods ready at the same time. */
  readonly pods: number;
}

/** `readers` at once, for `seconds`, on pods with `container-concurrency: 1`, of which there may be twice as many. */
export async function slowReaders(readers: number, seconds: number): Promise<SlowReadersResult> {
  const dev = await startRouseDev([
    {
      name: 'one',
      annotations: {
        'autoscaling.knative.dev/min-scale': '1',
        'autoscaling.knative.dev/max-scale': String(readers * 2),
        'rouse.dev/container-concurrency': '1',
      },
    },
  ]);
  const host = 'one.default.example.com';
  async function experience(path: string): Promise<Experience> {
    const sockets = Array.from({ length: readers }, () => deafReader(dev.port, host, path));
    const bystander = await startBystander({ port: dev.port, host, connections: 2, perSecond: 10 });
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const result = await bystander.stop();
    for (const socket of sockets) socket.destroy();
    return result;
  }
  const { ready, workload } = hands(() => dev);
  try {
    await ready('one', 1);
    const smallAnswers = await experience('/download?bytes=16384');
    const largeAnswers = await experience('/download?bytes=67108864');
    const pods = (await workload('one')).ready;
    await until(async () => (await workload('one')).inFlight === 0, 'the slots of those that left');
    return { smallAnswers, largeAnswers, pods };
  } finally {
    await dev.stop();
  }
}

/** Asks, and reads nothing. */
function deafReader(port: number, host: string, path: string): net.Socket {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
  socket.pause();
  socket.on('error', () => {});
  return socket;
}
