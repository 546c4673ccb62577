import { formatCount } from './output.ts';

const TTY_INTERVAL_MS = 200;
const LOG_INTERVAL_MS = 10_000;

/** Progress of long work on stderr: a line that rewrites itself on a terminal, a log line every ten seconds otherwise. */
export class Progress {
  readonly #what: string;
  readonly #startedAtMs = performance.now();
  readonly #isTty = process.stderr.isTTY === true;
  #shownAtMs = this.#startedAtMs;
  #hasLine = false;

  constructor(what: string) {
    this.#what = what;
  }

  /** Shows `done` (of `total` where known) `unit`, at most as often as the place allows. */
  readonly report = (done: number, unit: string, total?: number): void => {
    const nowMs = performance.now();
    if (nowMs - this.#shownAtMs < (this.#isTty ? TTY_INTERVAL_MS : LOG_INTERVAL_MS)) return;
    this.#shownAtMs = nowMs;
    const perSecond = Math.round((done * 1000) / (nowMs - this.#startedAtMs));
    const share = total === undefined || total === 0 ? '' : ` (${Math.floor((100 * done) / total)} %)`;
    const line = `${this.#what}: ${formatCount(done)} ${unit}${share}, ${formatCount(perSecond)} a second`;
    process.stderr.write(this.#isTty ? `\r\u001b[K${line}` : `${line}\n`);
    this.#hasLine = this.#isTty;
  };

  done(): void {
    if (this.#hasLine) process.stderr.write('\r\u001b[K');
  }
}
