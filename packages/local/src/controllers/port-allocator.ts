/** Hands out ports of this machine that are really free, each to one holder until that holder lets go. */
import { createServer } from 'node:net';

export interface PortAllocator {
  /** As many ports as asked for, held by `holder`; null when the range has no more. */
  allocate(holder: string, count: number): Promise<readonly number[] | null>;
  release(holder: string): void;
  /** Passes what a holder has to another, e.g. from a pod about to be made to the pod's uid. */
  rename(holder: string, to: string): void;
}

/** Below every system's ephemeral range, so that no outgoing connection of the proxy takes a pod's port first. */
const FIRST_PORT = 20_000;
const LAST_PORT = 29_999;

function canBind(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** True when nothing listens there, neither on loopback nor on every address. */
async function isFree(port: number): Promise<boolean> {
  return (await canBind(port, '127.0.0.1')) && (await canBind(port, '0.0.0.0'));
}

/** Ports go round the range, from a random place: one just let go is the last to be used again. */
export function createPortAllocator(first = FIRST_PORT, last = LAST_PORT): PortAllocator {
  const size = last - first + 1;
  const held = new Map<number, string>();
  let next = Math.floor(Math.random() * size);

  async function take(holder: string): Promise<number | null> {
    for (let tried = 0; tried < size; tried++) {
      const port = first + next;
      next = (next + 1) % size;
      if (held.has(port)) continue;
      held.set(port, holder);
      if (await isFree(port)) return port;
      held.delete(port);
    }
    return null;
  }

  function release(holder: string): void {
    for (const [port, by] of held) if (by === holder) held.delete(port);
  }

  return {
    async allocate(holder, count) {
      const ports = await Promise.all(Array.from({ length: count }, () => take(holder)));
      if (ports.every((port) => port !== null)) return ports;
      release(holder);
      return null;
    },
    release,
    rename(holder, to) {
      for (const [port, by] of held) if (by === holder) held.set(port, to);
    },
  };
}
