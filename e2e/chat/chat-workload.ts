/** The example `chat` as workloads of a test, each at `http://localhost:PORT/NAME/`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppSpec, RouseDev } from '../rouse-dev.ts';

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
export function chatPids(dev: RouseDev, name: string): number[] {
  return dev.pidsOf(server).filter((pid) => environment(pid).includes(`\0BASE=/${name}\0`));
}

function environment(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`;
  } catch {
    return '';
  }
}
