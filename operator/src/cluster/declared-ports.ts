/** The TCP ports that containers declare, with their places. */
import type { RawContainer } from './api-shapes.ts';

export interface DeclaredPort {
  readonly container: string;
  /** Place among its container's ports. */
  readonly index: number;
  readonly name: string | null;
  readonly port: number;
}

export function declaredPorts(containers: readonly RawContainer[]): DeclaredPort[] {
  return containers.flatMap((container) =>
    (container.ports ?? []).flatMap((declared, index) =>
      (declared.protocol ?? 'TCP') === 'TCP'
        ? [{ container: container.name, index, name: declared.name ?? null, port: declared.containerPort }]
        : [],
    ),
  );
}
