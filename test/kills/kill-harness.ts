import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TapeRecord } from '#domain';
import { JournalTape, sealTape, sessionPaths, verifySession } from '#storage';
import type { Random } from '../seeds.ts';
import { CutDisk, JOURNAL_MODES } from './cut-disk.ts';
import { NumberedServer } from './numbered-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'bin/tapedeck.js');
const WATCH = new URL('./watch-recorder.mjs', import.meta.url).href;
/** Kills of one session before it is ended cleanly. */
const KILLS_A_SESSION_MAX = 12;
const RECORDING_MS_MAX = 400;
const ENDING_MS_MAX = 250;
/** Small segments are killed while they roll; 0 leaves the recorder's own length. */
const SEGMENT_BYTES = [0, 20_000, 200_000];
/** A disk of our own is smaller than the usual floor. */
const LIMITS = '[limits]\ndisk = "1MiB"\n';
/** The write delay is 10 ms; what takes longer than this waited for the processor or the disk. */
const LATE_US = 25_000;
/** A recorder that has not subscribed or ended by then never will. */
const PATIENCE_MS = 60_000;

/** What the kills came to. */
export interface KillTally {
  kills: number;
  /** Power cuts that came after the recorder had ended by itself. */
  afterEnd: number;
  /** By what the recorder was doing: starting or recovering, recording, ending and sealing. */
  starting: number;
  recording: number;
  ending: number;
  sessions: number;
  sent: number;
  taken: number;
  durable: number;
  onTape: number;
  /** Frames taken by a recorder that was killed, and not on its tape. */
  lost: number;
  /** The most that one kill took. */
  lostMax: number;
  /** Kills after which the oldest frame that was not written had waited longer than the write delay and a write should take. */
  lateWrites: number;
  /** The longest that such a frame had waited at the last frame that was taken, milliseconds. */
  waitedMsMax: number;
}

export interface KillOptions {
  readonly folder: string;
  readonly kills: number;
  readonly random: Random;
  /** Cuts the power of the disk instead of killing the recorder alone. */
  readonly cutsPower?: boolean;
  readonly onKill?: (tally: KillTally) => void;
}

type Phase = 'starting' | 'recording' | 'ending';

/**
 * Records from a server that numbers its frames, ends the recorder (with SIGKILL, or with the power of its disk) at random instants, starts it again, and throws unless every
 * frame that was called durable is on the tape once and in order, and every session can be read whole.
 */
export async function killRecorders(options: KillOptions): Promise<KillTally> {
  const { folder, random, cutsPower = false } = options;
  const server = await NumberedServer.start(random);
  const disk = cutsPower ? CutDisk.create(folder, random.pick(JOURNAL_MODES)) : undefined;
  try {
    return await new KillHarness(options, server, disk).run();
  } finally {
    await server.close();
    disk?.unmount();
  }
}

class KillHarness {
  readonly #options: KillOptions;
  readonly #random: Random;
  readonly #server: NumberedServer;
  readonly #disk: CutDisk | undefined;
  readonly #dataDir: string;
  readonly #config: string;
  readonly #tally: KillTally;
  /** How long a recorder takes until it records: kills while it starts are spread over it. */
  #startMs = 1000;
  #session = '';
  #segmentBytes = 0;
  /** Frames that each recorder of this session took before it was killed. */
  #takenByLife: { readonly first: number; readonly last: number }[] = [];

  constructor(options: KillOptions, server: NumberedServer, disk: CutDisk | undefined) {
    this.#options = options;
    this.#disk = disk;
    this.#dataDir = disk?.path ?? options.folder;
    this.#random = options.random;
    this.#server = server;
    const counts = { kills: 0, afterEnd: 0, starting: 0, recording: 0, ending: 0, sessions: 0 };
    this.#tally = { ...counts, sent: 0, taken: 0, durable: 0, onTape: 0, lost: 0, lostMax: 0, lateWrites: 0, waitedMsMax: 0 };
    this.#config = join(options.folder, 'kills.toml');
    const address = `127.0.0.1:${server.port}`;
    const endpoints = `endpoints = { rest = "http://${address}", socket = "ws://${address}" }`;
    writeFileSync(this.#config, `[binance-spot]\n${endpoints}\nsymbols = [{ symbol = "BTCUSDT", channels = ["trade"] }]\n${LIMITS}`);
  }

  async run(): Promise<KillTally> {
    const tally = this.#tally;
    while (tally.kills < this.#options.kills) {
      tally.sessions += 1;
      this.#session = `s${tally.sessions}`;
      this.#segmentBytes = this.#random.pick(SEGMENT_BYTES);
      this.#takenByLife = [];
      const kills = Math.min(this.#random.integer(1, KILLS_A_SESSION_MAX), this.#options.kills - tally.kills);
      for (let done = 0; done < kills && !this.#isClosed(); ) if (await this.#live()) done += 1;
      if (!this.#isClosed()) await this.#endCleanly();
      await this.#check();
    }
    tally.sent = this.#server.sent;
    return tally;
  }

  /** One recorder, killed at a random instant; false when it ended before. */
  async #live(): Promise<boolean> {
    const random = this.#random;
    const phase = random.pick<Phase>(['starting', 'recording', 'recording', 'recording', 'ending']);
    const startedAtMs = performance.now();
    const recorder = this.#start();
    if (phase === 'starting') await sleep(random.fraction() * this.#startMs * 1.2);
    else {
      await recorder.until(this.#server.subscribed(), 'its subscription');
      this.#startMs = performance.now() - startedAtMs;
      await sleep(random.fraction() * RECORDING_MS_MAX);
    }
    if (phase === 'ending') {
      recorder.signal('SIGINT');
      // After a clean end there is nothing to kill, and a power cut must leave everything.
      if (this.#disk !== undefined && random.integer(0, 2) === 0) await recorder.endsWell();
      else await sleep(random.fraction() * ENDING_MS_MAX);
    }
    const isKilled = this.#disk === undefined ? await recorder.kill() : await this.#cutPower(recorder, this.#disk);
    this.#note(numbersIn(this.#sideFile('taken')));
    if (!isKilled) return false;
    this.#tally.kills += 1;
    this.#tally[phase] += 1;
    this.#options.onKill?.(this.#tally);
    return true;
  }

  /** Always a cut, and true: one that comes after a clean end must leave the session closed. */
  async #cutPower(recorder: Recorder, disk: CutDisk): Promise<boolean> {
    const hadEnded = recorder.hasEnded;
    const durable = this.#sideFile('durable');
    const toldBytes = existsSync(durable) ? statSync(durable).size : 0;
    disk.cut();
    await recorder.gone();
    // ext4 answers a sync that the shutdown overtakes as if it had been done. Where the power is really gone nobody hears that answer.
    if (existsSync(durable)) truncateSync(durable, toldBytes);
    disk.restore();
    if (!hadEnded) return true;
    recorder.checkCode();
    this.#tally.afterEnd += 1;
    if (!this.#isClosed()) throw new Error(`${this.#session} had ended well, and is open after a power cut`);
    return true;
  }

  /** What a recorder that was killed had told of itself; nothing when it took no frame. */
  #note([first, last, , oldestUs]: readonly number[]): void {
    if (first === undefined || last === undefined || oldestUs === undefined) return;
    this.#takenByLife.push({ first, last });
    const tally = this.#tally;
    if (oldestUs > LATE_US) tally.lateWrites += 1;
    tally.waitedMsMax = Math.max(tally.waitedMsMax, Math.round(oldestUs / 1000));
  }

  async #endCleanly(): Promise<void> {
    const recorder = this.#start();
    await recorder.until(this.#server.subscribed(), 'its subscription');
    await sleep(20);
    recorder.signal('SIGINT');
    await recorder.endsWell();
  }

  /** The session is closed: it verifies byte for byte, and its frames are those that were called durable and others, once and in order. */
  async #check(): Promise<void> {
    const folder = this.#dataDir;
    const session = this.#session;
    // Where the recorder was killed before or while it sealed, this does it anew; where it had sealed, it reads all and changes nothing.
    await sealTape(await JournalTape.open(folder, session), { dataDir: folder, channelOf: () => '' });
    const report = await verifySession(folder, session);
    if (!report.ok) throw new Error(`${session} cannot be read whole: ${JSON.stringify(report.problems)}`);
    const onTape = await this.#framesOnTape();
    const disorder = onTape.findIndex((number, i) => i > 0 && number <= onTape[i - 1]!);
    if (disorder >= 0) throw new Error(`${session}: frame ${onTape[disorder]} comes after frame ${onTape[disorder - 1]}`);
    const there = new Set(onTape);
    const durable = numbersIn(this.#sideFile('durable'));
    const missing = durable.filter((number) => !there.has(number));
    if (missing.length > 0) throw new Error(`${session}: ${missing.length} durable frames are gone, the first is ${missing[0]}`);
    if (new Set(durable).size !== durable.length) throw new Error(`${session}: a frame was called durable twice`);
    this.#count(onTape, durable);
  }

  #count(onTape: readonly number[], durable: readonly number[]): void {
    const tally = this.#tally;
    tally.durable += durable.length;
    tally.onTape += onTape.length;
    for (const { first, last } of this.#takenByLife) {
      const kept = onTape.filter((number) => number >= first && number <= last).length;
      const lost = last - first + 1 - kept;
      tally.taken += last - first + 1;
      tally.lost += lost;
      tally.lostMax = Math.max(tally.lostMax, lost);
    }
  }

  async #framesOnTape(): Promise<number[]> {
    const tape = await JournalTape.open(this.#dataDir, this.#session);
    const record = new TapeRecord();
    const numbers: number[] = [];
    for await (const batch of tape.batches()) {
      while (batch.next(record)) {
        const found = record.kind === 'frame-in' ? /"t":(\d+),/.exec(Buffer.from(record.payload()).toString('latin1')) : null;
        if (found !== null) numbers.push(Number(found[1]));
      }
    }
    return numbers;
  }

  #isClosed(): boolean {
    return existsSync(sessionPaths(this.#dataDir, this.#session).manifestPath);
  }

  #start(): Recorder {
    const words = ['--import', WATCH, BIN, 'record', this.#config, '--data', this.#dataDir, '--session', this.#session];
    return new Recorder(words, {
      TAPEDECK_KILLS_DURABLE: this.#sideFile('durable'),
      TAPEDECK_KILLS_TAKEN: this.#sideFile('taken'),
      TAPEDECK_KILLS_SEGMENT_BYTES: String(this.#segmentBytes),
    });
  }

  #sideFile(what: string): string {
    return join(this.#options.folder, `${this.#session}.${what}`);
  }
}

/** A `tapedeck record` of the built package in a process of its own. */
class Recorder {
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #story = '';

  constructor(words: readonly string[], variables: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...variables } });
    const listen = (text: string) => {
      this.#story += text;
    };
    this.#child.stdout!.setEncoding('utf8').on('data', listen);
    this.#child.stderr!.setEncoding('utf8').on('data', listen);
    this.#closed = once(this.#child, 'close').then(() => undefined);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** True when it was running until now; throws when it had failed by itself. */
  async kill(): Promise<boolean> {
    await this.gone();
    if (this.#child.signalCode === 'SIGKILL') return true;
    this.checkCode();
    return false;
  }

  /** However it ends. */
  async gone(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  async endsWell(): Promise<void> {
    await this.until(this.#closed, 'its end');
    this.checkCode();
  }

  async until(happened: Promise<void>, what: string): Promise<void> {
    const ended = this.#closed.then(() => 'ended' as const);
    const late = new AbortController();
    const result = await Promise.race([happened.then(() => 'happened' as const), ended, sleep(PATIENCE_MS, late.signal)]);
    late.abort();
    if (result === 'happened' || (result === 'ended' && what === 'its end')) return;
    this.#child.kill('SIGKILL');
    throw new Error(`the recorder ${result === 'ended' ? 'ended' : 'took too long'} before ${what}: ${this.#story}`);
  }

  checkCode(): void {
    if (this.#child.exitCode !== 0)
      throw new Error(`the recorder ended with ${this.#child.exitCode ?? this.#child.signalCode}: ${this.#story}`);
  }
}

function numbersIn(file: string): number[] {
  if (!existsSync(file)) return [];
  const bytes = readFileSync(file);
  // The last number may be half-written.
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readUInt32LE(i * 4));
}

function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal?.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}
