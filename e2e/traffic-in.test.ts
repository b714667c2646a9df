/** The shipped ways in, on `rouse dev`; that the API takes their objects is `cluster/admission.test.ts`. */
import { trafficInCases } from './cases/traffic-in.ts';
import { devSuite } from './dev-suite.ts';

trafficInCases(devSuite());
