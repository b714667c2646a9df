/** The process behind `rouse uninstall` and the chart's pre-delete hook: stop the operator, wake everything, remove. */
import { formatProblem, operatorFlags, uninstallFlags } from '@rouse/contract';
import { parseFlags, systemClock } from '@rouse/daemon';
import { connect, describeFailure } from '@rouse/kube';
import { removeObjects } from './remove-objects.ts';
import { stopOperator } from './stop-operator.ts';
import { wakeEverything } from './wake-everything.ts';

process.title = 'rouse-uninstall';

const print = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`error: ${line}\n`);

const description =
  'Stops the operator, wakes every Deployment that it put to sleep, and then removes Rouse: its objects, not the namespace.';
const parsed = parseFlags('rouse uninstall', uninstallFlags, process.argv.slice(2), process.env, { description });
if (parsed.help !== null) {
  process.stdout.write(parsed.help);
  process.exit(0);
}
if (parsed.problems.length > 0) {
  for (const problem of parsed.problems) process.stderr.write(`${formatProblem(problem)}\n`);
  process.exit(2);
}

process.exitCode = await uninstall();

async function uninstall(): Promise<number> {
  const { server, kubeconfig, namespace, namespaces, wakeOnly } = parsed.values;
  const kube = connect({
    ...(server === null ? {} : { server }),
    ...(kubeconfig === null ? {} : { kubeconfig }),
    userAgent: 'rouse-uninstall',
  });
  try {
    const stopped = await stopOperator({ kube, clock: systemClock, namespace });
    if (stopped.kind === 'failed') {
      complain(`the operator was not stopped, nothing was changed: ${describeFailure(stopped.failure)}`);
      return 1;
    }
    if (stopped.kind === 'lingering') {
      complain('the operator did not end in time; what is woken now it could put to sleep again. Run this again.');
      return 1;
    }
    print(stopped.kind === 'absent' ? `no operator in ${namespace}` : 'operator stopped');
    const configMap = operatorFlags.configMap.default;
    const onWoken = (key: string, replicas: number) => print(`woken: ${key}, replicas ${replicas}`);
    const { woken, failures } = await wakeEverything({ kube, namespace, configMap, namespaces, onWoken });
    print(woken === 0 ? 'nothing slept' : `${woken} woken`);
    if (failures.length > 0) {
      failures.forEach(complain);
      complain('not everything is awake; nothing was removed. Mend that and run this again.');
      return 1;
    }
    if (wakeOnly) return 0;
    const onRemoved = (kind: string, name: string) => print(`removed: ${kind} ${name}`);
    const left = await removeObjects({ kube, namespace, onRemoved });
    left.forEach(complain);
    if (left.length > 0) return 1;
    print(`Rouse is removed. Its namespace is left: kubectl delete namespace ${namespace}`);
    return 0;
  } finally {
    await kube.close();
  }
}
