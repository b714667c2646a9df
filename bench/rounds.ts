/** Lets the peers take turns at one case, so that a drift of the machine favours nobody. */
import type { Case, Sample } from './case.ts';
import type { Peer, PeerName } from './peers/peer.ts';
import type { Bench } from './start-all.ts';

/** One round: a sample of each peer. */
export type Round = Partial<Record<PeerName, Sample>>;

/** Of each peer before a case's first round, s: connections are made, and V8 compiles for seconds. */
export const WARM_UP_S = 5;

/** @param told each sample as it is there */
export async function runRounds(
  bench: Bench,
  one: Case,
  rounds: number,
  seconds: number,
  told: (peer: Peer, sample: Sample) => void = () => {},
): Promise<Round[]> {
  const results: Round[] = [];
  for (const peer of one.startsAnew ? [] : bench.peers) await measure(bench, one, peer, WARM_UP_S);
  for (let round = 0; round < rounds; round++) {
    const result: Round = {};
    // Who goes first changes.
    const order = [
      ...bench.peers.slice(round % bench.peers.length),
      ...bench.peers.slice(0, round % bench.peers.length),
    ];
    for (const peer of round % 2 === 0 ? order : order.reverse()) {
      const sample = await measure(bench, one, peer, seconds);
      result[peer.name] = sample;
      told(peer, sample);
    }
    results.push(result);
  }
  return results;
}

async function measure(bench: Bench, one: Case, peer: Peer, seconds: number): Promise<Sample> {
  try {
    return await one.measure(peer, bench.pods, seconds);
  } catch (error) {
    throw new Error(`${one.name} of ${peer.name}`, { cause: error });
  }
}
