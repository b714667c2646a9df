/** The example `chat` as workloads of a test, each at `http://localhost:PORT/NAME/`. */
import { join } from 'node:path';
import type { AppSpec } from '../app/app-deployment.ts';
import { commandLine, processesWith } from '../processes.ts';
import type { System } from '../system.ts';

const server = join(import.meta.dirname, '../../examples/chat/src/server.ts');

export function chatWorkload(name: string, annotations: Readonly<Record<string, string>> = {}): AppSpec {
  return {
    name,
    annotations: {
      'autoscaling.knative.dev/window': '6s',
      'autoscaling.knative.dev/max-scale': '1',
      'rouse.dev/routes': `localhost/${name}`,
      ...annotations,
    },
    env: { BASE: `/${name}` },
    container: { command: [process.execPath, server] },
  };
}

/** Process ids of the chat's pods of this name. */
export function chatPids({ appLogFile }: System, name: string): number[] {
  // Every app of a test gets the file, and no two systems have the same.
  const own = processesWith([`APP_LOG=${appLogFile}`, `BASE=/${name}`]);
  return own.filter((pid) => commandLine(pid).includes(server));
}
