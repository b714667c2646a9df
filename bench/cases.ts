/** All cases, in the order of the table. */
import type { Case } from './case.ts';
import { bodyCases } from './cases/bodies.ts';
import { browserCase } from './cases/browser.ts';
import { getCases } from './cases/get.ts';
import { heldCase } from './cases/held.ts';
import { latencyCase } from './cases/latency.ts';
import { newConnectionsCase } from './cases/new-connections.ts';
import { streamCases } from './cases/streams.ts';

export const cases: readonly Case[] = [
  ...getCases,
  browserCase,
  ...bodyCases,
  newConnectionsCase,
  ...streamCases,
  latencyCase,
  heldCase,
];
