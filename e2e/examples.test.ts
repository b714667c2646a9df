/** The examples as `npm start` runs them. */
import { exampleCases, examplesFolder } from './cases/examples.ts';
import { devSuite } from './dev-suite.ts';
import { isFree } from './ports.ts';

/** As `npm start` has them: proxy, admin, operator, API. */
const defaultPorts = [8080, 8081, 9090, 6440];
const areFree = (await Promise.all(defaultPorts.map(isFree))).every(Boolean);

exampleCases(devSuite({ paths: [examplesFolder], ...(areFree ? { ports: defaultPorts } : {}) }));
