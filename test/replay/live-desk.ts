import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '#recorder';
import { createRun, JournalTape, JournalWriter, readRun, resumeRun, runPaths } from '#storage';
import { backtest } from '../../replay/backtest.ts';
import { checkpointOf, type LiveOptions, type LiveResult, live } from '../../replay/live.ts';
import type { PlaySettings } from '../../replay/play.ts';
import { EVEN_ODD } from '../fixtures/even-odd.ts';
import { aRecord } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

export const SETTINGS: PlaySettings = {
  venues: SCRIPTED_VENUES,
  strategy: EVEN_ODD,
  sourceHash: 'a'.repeat(64),
  parameters: { size: 1 },
  models: { latency: { orderUs: 0 }, fees: { model: 'none' } },
};

export const SESSION = 'monday';
export const RUN = 'live-monday';

/** A session that is recorded by hand, and engines that follow it. */
export class LiveDesk {
  readonly dataDir: string;
  journal: JournalWriter;
  #prices = 0;

  private constructor(dataDir: string, journal: JournalWriter) {
    this.dataDir = dataDir;
    this.journal = journal;
  }

  static async open(): Promise<LiveDesk> {
    const dataDir = mkdtempSync(join(tmpdir(), 'tapedeck-live-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    return new LiveDesk(dataDir, await JournalWriter.create(dataDir, SESSION));
  }

  /** One record a price, a second apart. */
  trades(...prices: readonly number[]): void {
    for (const price of prices) {
      const { receivedAtNs, monotonicNs, venue, connection, kind, meta, payload } = aRecord({
        atUs: this.#prices * 1_000_000,
        payload: frame({ say: 'trade', price, size: 5 }),
      });
      this.#prices += 1;
      this.journal.append(receivedAtNs, monotonicNs, venue, connection, kind, meta, payload, 0, payload.length);
    }
  }

  /** The process dies and another one comes back. */
  async restart(): Promise<void> {
    await this.journal.abandon();
    this.journal = await JournalWriter.reopen(this.dataDir, SESSION);
  }

  async start(changes: Partial<LiveOptions> = {}): Promise<LiveResult> {
    const pastRecords = this.journal.records;
    const run = changes.run ?? (await createRun(this.dataDir, RUN));
    return live({
      ...SETTINGS,
      dataDir: this.dataDir,
      session: SESSION,
      run,
      pastRecords,
      durableRecords: () => this.journal.durableRecords,
      clock: systemClock(),
      ...changes,
    });
  }

  /** Goes on with the run, as after a restart. */
  async resume(changes: Partial<LiveOptions> = {}): Promise<LiveResult> {
    const pastRecords = this.journal.records;
    const { paths, checkpoint } = await readStored(this.dataDir);
    const { writer, kept } = await resumeRun(paths, pastRecords);
    const last = checkpointOf(checkpoint);
    return this.start({ run: writer, pastRecords, resumed: { kept, ...(last === undefined ? {} : { checkpoint: last }) }, ...changes });
  }

  lines(): readonly string[] {
    const { audits } = runPaths(this.dataDir, RUN);
    if (!existsSync(audits)) return [];
    return readFileSync(audits, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  /** What a back-test of the closed session decides. */
  async replayed(): Promise<{ readonly lines: readonly string[]; readonly runHash: string }> {
    const lines: string[] = [];
    const tape = await JournalTape.open(this.dataDir, SESSION);
    const { runHash } = await backtest({ ...SETTINGS, tapes: [tape], onAuditLine: (line) => lines.push(line) });
    return { lines, runHash };
  }
}

async function readStored(dataDir: string) {
  const paths = runPaths(dataDir, RUN);
  try {
    return await readRun(dataDir, RUN);
  } catch {
    return { paths, checkpoint: undefined };
  }
}

/** Resolves once the condition holds; looks again every few milliseconds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
