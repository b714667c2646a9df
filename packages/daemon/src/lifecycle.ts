/** The life of a daemon's process: an ordered shutdown on a signal, and one clear line when something is badly wrong. */
import type { Log } from './log.ts';

const SIGNALS = { SIGTERM: 143, SIGINT: 130 } as const;

/** Set by `rouse dev` for its child processes: they end when it dies, however it dies. */
export const EXIT_WITH_PARENT = 'ROUSE_EXIT_WITH_PARENT';

export interface Lifecycle {
  /** Adds a step of the shutdown; steps run one after the other, in the order they were added. */
  onShutdown(name: string, step: () => void | Promise<void>): void;
  /** True once a shutdown has begun. */
  readonly stopping: boolean;
  /** Begins the shutdown as a signal would; a second call does nothing. */
  shutdown(reason: string): void;
}

/**
 * Takes over signals and fatal errors of this process; call once, from the composition root.
 * The first SIGTERM or SIGINT runs the steps and exits with 0 (1 if a step failed); the second exits at once with
 * 128 + its number. An uncaught error is logged and exits with 1: state after it cannot be trusted.
 */
export function startLifecycle(log: Log): Lifecycle {
  const steps: { readonly name: string; readonly run: () => void | Promise<void> }[] = [];
  let stopping = false;

  async function runSteps(): Promise<number> {
    let exitCode = 0;
    for (const step of steps) {
      try {
        await step.run();
      } catch (error) {
        exitCode = 1;
        log.error('shutdown step failed', { step: step.name, error });
      }
    }
    return exitCode;
  }

  function shutdown(reason: string): void {
    if (stopping) return;
    stopping = true;
    log.info('shutting down', { reason });
    void runSteps().then((exitCode) => {
      log.info('stopped', { exitCode });
      process.exit(exitCode);
    });
  }

  for (const [signal, exitCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (stopping) {
        log.warn('second signal, exiting at once', { signal });
        process.exit(exitCode);
      }
      shutdown(signal);
    });
  }
  process.on('uncaughtException', (error) => {
    log.fatal('uncaught error', { error });
    process.exit(1);
  });
  process.on('unhandledRejection', (error) => {
    log.fatal('unhandled rejection', { error });
    process.exit(1);
  });
  // Reaches us also when the parent was killed: the kernel closes the channel.
  if (process.env[EXIT_WITH_PARENT] === '1' && process.channel !== undefined) {
    process.on('disconnect', () => shutdown('parent is gone'));
  }

  return {
    onShutdown: (name, run) => void steps.push({ name, run }),
    get stopping() {
      return stopping;
    },
    shutdown,
  };
}
