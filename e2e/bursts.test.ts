/** Bursts and wakes on `rouse dev`. */
import { burstCases } from './cases/arrivals.ts';
import { devSuite } from './dev-suite.ts';

burstCases(devSuite());
