/** Endings of a wire that follow one another so closely that the kernel has not heard of the first. */
import net, { type AddressInfo } from 'node:net';
import { until } from '@rouse/contract/testing';
import { expect, onTestFinished, test } from 'vitest';
import { Peer, transports } from './http1-fixture.ts';
import type { Wire } from './wire.ts';

for (const transport of transports) {
  for (const [name, end] of [
    ['FIN and at once a reset', (wire: Wire) => wire.end()],
    [
      'bytes, FIN and at once a reset',
      (wire: Wire) => {
        wire.writeText('bytes');
        wire.end();
      },
    ],
    ['a reset alone', () => {}],
  ] as const) {
    test(`${name}: the peer sees an end, and the owner is told · ${transport.name}`, async () => {
      let lost = 0;
      const listener = transport.createListener((wire) => {
        wire.owner = {
          received() {
            end(wire);
            wire.reset();
          },
          peerEnded() {},
          drained() {},
          lost() {
            lost++;
          },
        };
      });
      onTestFinished(() => void listener.close());
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      const { port } = listener.address() as AddressInfo;
      const peer = new Peer(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
      peer.send('?');
      await until(() => lost > 0, 'the loss of the wire');
      // Behind FIN a reset is not seen by who only reads.
      if (name === 'a reset alone') await peer.wasReset();
      else await peer.gone();
      expect(lost).toBe(1);
    });
  }
}
