/** Declares the tests of a corpus: each case whole and byte by byte, on both transports. */
import { manualClock, until } from '@rouse/contract/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Peer, type Rig, startRig, transports } from '../src/http1/http1-fixture.ts';

export type Pace = 'whole' | 'byte by byte';

interface CorpusCase {
  readonly name: string;
  readonly from: string;
}

/** @param run tries one case with a client of its own; all cases of one pace and transport share the rig */
export function runCorpus<T extends CorpusCase>(
  corpus: Readonly<Record<string, readonly T[]>>,
  run: (rig: Rig, client: Peer, one: T, pace: Pace) => Promise<void>,
): void {
  for (const transport of transports) {
    for (const pace of ['whole', 'byte by byte'] as const) {
      describe(`${transport.name}, ${pace}`, () => {
        let rig: Rig;
        beforeAll(async () => {
          rig = await startRig(transport, { clock: manualClock() });
        });
        afterAll(() => rig.stop());
        for (const [topic, cases] of Object.entries(corpus)) {
          test.each(cases)(`${topic}: $name ($from)`, async (one) => {
            const client = await rig.client();
            try {
              await run(rig, client, one, pace);
            } finally {
              client.socket.destroy();
              await until(() => rig.path.inFlight === 0);
            }
          });
        }
      });
    }
  }
}
