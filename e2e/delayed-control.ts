/** The parts of `rouse dev` with one proxy that hears late of what the operator tells: each message comes up to 50 ms after. */
import { type Pieces, startPieces } from './pieces.ts';
import { startRelay } from './relay.ts';

export interface DelayedControl extends Pieces {
  /** When the first PUT that arms a pod of a workload left the operator, Unix ms. */
  readonly armedAtMs: Map<string, number>;
}

/** The relay's longest delay of one chunk, one way. */
const CONTROL_DELAY_MS = 50;

/** Starts two proxies, of which the second one is late. @param random uniform in [0, 1) */
export async function startDelayedControl(random: () => number): Promise<DelayedControl> {
  const armedAtMs = new Map<string, number>();
  const relays: { close(): void }[] = [];
  const pieces = await startPieces({
    proxies: 2,
    adminUrl: async (adminPort, index) => {
      const relay = await startRelay({
        targetPort: adminPort,
        maxDelayMs: index === 1 ? CONTROL_DELAY_MS : 0,
        random,
        onRequestBytes: (chunk) => noteArmed(chunk.toString('latin1'), armedAtMs),
      });
      relays.push(relay);
      return `http://127.0.0.1:${relay.port}`;
    },
  });
  return {
    ...pieces,
    armedAtMs,
    async close() {
      for (const relay of relays) relay.close();
      await pieces.close();
    },
  };
}

function noteArmed(text: string, armedAtMs: Map<string, number>): void {
  for (const piece of text.split('"key":"').slice(1)) {
    const name = piece.slice(piece.indexOf('/') + 1, piece.indexOf('"'));
    if (piece.includes('"phase":"armed"') && !armedAtMs.has(name)) armedAtMs.set(name, Date.now());
  }
}
