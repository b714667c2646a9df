/** Waits until proxies take requests: their data ports open only once the operator has told them of the workloads. */

const EVERY_MS = 25;

/** Resolves once `/readyz` of every admin port answers 200, or `signal` aborts. */
export async function proxiesReady(adminPorts: readonly number[], signal: AbortSignal): Promise<void> {
  await Promise.all(adminPorts.map((port) => ready(`http://127.0.0.1:${port}/readyz`, signal)));
}

async function ready(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const answer = await fetch(url, { signal });
      await answer.arrayBuffer();
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
