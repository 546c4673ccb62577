import { warn } from './output.ts';

const INTERRUPTED = 130;

let stop: (() => void) | undefined;

/** What SIGINT and SIGTERM do from now on, once: end the work cleanly. A second signal ends the process at once. */
export function onInterrupt(action: () => void): void {
  stop = action;
}

/** Handles both signals for the whole process; without an `onInterrupt` it ends with 130. */
export function handleInterrupts(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const action = stop;
      stop = undefined;
      if (action === undefined) process.exit(INTERRUPTED);
      warn(`${signal}: ending cleanly; once more ends at once`);
      action();
    });
  }
}
