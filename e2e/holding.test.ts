/** What holding costs on `rouse dev`. */
import { holdingCases } from './cases/holding.ts';
import { devSuite } from './dev-suite.ts';

holdingCases(devSuite());
