/** WebSocket and server-sent events on `rouse dev`. */
import { chatCases } from './cases/chat.ts';
import { devSuite } from './dev-suite.ts';

const STALL_MS = 1_000;

chatCases(devSuite({ env: { ROUSE_CLIENT_STALL_TIMEOUT: `${STALL_MS}ms` } }), STALL_MS);
