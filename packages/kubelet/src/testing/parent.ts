/** Run as a process of its own: a kubelet with one pod per argument (each a shell script), to be killed by a test. */
import { realClock, shell, startNode } from './node-under-test.ts';

const node = await startNode(realClock, { out: (line) => process.stdout.write(`${line}\n`) });
for (const [index, script] of process.argv.slice(2).entries()) node.api.create(`pod-${index}`, shell(script));
