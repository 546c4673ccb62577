import { warn } from './output.ts';

export const INTERRUPTED = 130;

let stop: (() => void) | undefined;

/** What SIGINT and SIGTERM do from now on, once: end the work cleanly. A second signal ends the process at once. */
export function onInterrupt(action: () => void): void {
  stop = action;
}

/** Ends work that was interrupted: thrown through it, so that whoever made something half takes it away again. Exit code 130. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** From now on a signal makes the function that is returned throw `Interrupted`: call it wherever the work can end. */
export function interruptible(): () => void {
  let isInterrupted = false;
  onInterrupt(() => {
    isInterrupted = true;
  });
  return () => {
    if (isInterrupted) throw new Interrupted();
  };
}

/** From now on a signal does this, which must not wait, and ends the process: for work that has no place to end at. */
export function endOnInterrupt(cleanUp: () => void): void {
  onInterrupt(() => {
    cleanUp();
    process.exit(INTERRUPTED);
  });
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
