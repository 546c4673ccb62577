import type { Clock, DelayHistogram, TapeHealth } from '#domain';
import type { VenueProtocol } from '#venues';
import type { CallHttp } from '../net/http.ts';
import type { HealthPlan } from '../plan/plan-health.ts';
import type { RecordingPlan } from '../plan/recording-plan.ts';
import type { RecordingStatus } from '../record/recorder.ts';
import type { Alert, AlertEvent } from './alert.ts';
import { AlertDesk, type WatchedAlert } from './alert-desk.ts';
import { findConditions } from './alert-rules.ts';
import { Expectations } from './expectations.ts';
import { type HealthFacts, RECENT_MS, usOf } from './health-facts.ts';
import { HealthServer } from './health-server.ts';
import { LoopMeter } from './loop-meter.ts';
import { MetricsPage } from './metrics-page.ts';
import { readinessOf } from './readiness.ts';
import type { RecorderLog } from './recorder-log.ts';
import { makeInTime, nextTimeOfDayUs } from './report-maker.ts';
import { TapePast } from './tape-past.ts';
import { Webhook } from './webhooks.ts';

export interface HealthDeskOptions {
  readonly plan: RecordingPlan;
  readonly protocols: ReadonlyMap<string, VenueProtocol>;
  readonly config: HealthPlan;
  readonly clock: Clock;
  readonly recordingStatus: () => RecordingStatus;
  readonly callHttp: CallHttp;
  readonly log: RecorderLog;
  /** The report that is pushed each morning and at the end of a session. A rejection is an alert; the signal says that nobody waits for it any more. */
  readonly makeReport: (signal: AbortSignal) => Promise<string>;
  /** What it takes to make records durable; absent where the journal does not say. */
  readonly commitSeconds?: () => DelayHistogram | undefined;
  /** False where nobody calls `onTapeHealth`: then only the machine is judged. */
  readonly isMonitored: boolean;
  /** Of tapedeck. */
  readonly version: string;
  /** Another host than Telegram's own, for tests. */
  readonly telegramBase?: string;
}

const TICK_MS = 1_000;
/** Rules are judged once in so many ticks. */
const JUDGE_TICKS = 5;
const LISTEN_RETRY_TICKS = 60;
/** A tape whose newest counted record is older than this is not compared with its past: it is still being read. */
const CAUGHT_UP_US = 10_000_000;
/** The loop turns while its tick is not later than this. */
const LOOP_ALIVE_MS = 10_000;

/**
 * Watches a recording: what the tape says of its health comes in by `onTapeHealth`; alerts, a report each morning and the pages for Prometheus go out.
 * It reads and tells; nothing that fails here reaches the recording.
 */
export class HealthDesk {
  readonly #options: HealthDeskOptions;
  readonly #expectations: Expectations;
  readonly #alerts: AlertDesk;
  readonly #webhooks: readonly Webhook[];
  readonly #metrics: MetricsPage;
  readonly #tapePast = new TapePast();
  readonly #startedAtUs: number;
  readonly #loop: LoopMeter;
  #tape: TapeHealth | undefined;
  #tapeAtUs = 0;
  #server: HealthServer | undefined;
  #listening: Promise<void> = Promise.resolve();
  #reporting: Promise<void> = Promise.resolve();
  #cancelTick: (() => void) | undefined;
  #retired: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  /** Nothing is sent any more. */
  #isSilent = false;
  #ticks = 0;
  #morningDueUs: number;

  private constructor(options: HealthDeskOptions) {
    const { plan, protocols, config, clock, callHttp, log, telegramBase } = options;
    this.#options = options;
    this.#expectations = new Expectations(plan, protocols);
    this.#startedAtUs = this.#nowUs();
    this.#loop = new LoopMeter(this.#nowMs());
    this.#morningDueUs = nextTimeOfDayUs(config.morningUs, this.#startedAtUs, config.zoneOffsetUs);
    this.#webhooks = config.webhooks.map(
      (hook) =>
        new Webhook({
          hook,
          clock,
          callHttp,
          warn: (message) => log.warn(message),
          ...(telegramBase === undefined ? {} : { telegramBase }),
        }),
    );
    this.#alerts = new AlertDesk({ clock, session: plan.session, repeatMs: config.repeatMs, send: (alert) => this.#send(alert) });
    this.#metrics = new MetricsPage(() => {
      const { tape, status, venues } = this.#facts();
      const restGrants = (venue: string) => protocols.get(venue)?.restGrants ?? [];
      return { tape, status, venues, commits: options.commitSeconds?.(), restGrants, version: options.version };
    });
  }

  static start(options: HealthDeskOptions): HealthDesk {
    const desk = new HealthDesk(options);
    desk.#listen();
    desk.#armTick();
    return desk;
  }

  /** Where the pages are; `undefined` while they are nowhere. */
  get address(): string | undefined {
    return this.#server?.address;
  }

  /** What is firing or on its way to it. */
  get watched(): readonly WatchedAlert[] {
    return this.#alerts.watched;
  }

  /** Resolves when the first try to listen has ended, either way. */
  async listening(): Promise<void> {
    await this.#listening;
  }

  onTapeHealth(tape: TapeHealth): void {
    const nowUs = this.#nowUs();
    this.#tape = tape;
    this.#tapeAtUs = nowUs;
    // While an old session is read from its start, its past is no news.
    if (nowUs - usOf(tape.lastRecordNs) < CAUGHT_UP_US) this.#tapePast.add(tape, nowUs);
  }

  /**
   * Tells of something that happened once: a stop fired, an order was refused, the daily loss limit was hit. It may still be told after `retire`; after `stop`
   * it is in the log only, and says so.
   */
  tell(event: AlertEvent): void {
    if (!this.#isSilent) return this.#alerts.tell(event);
    const { key, severity, title, message } = event;
    this.#options.log.warn(`not sent, the session was over: ${severity}: ${title}. ${message}`, { alert: key, severity });
  }

  /**
   * The session is over: nothing is judged any more and no page is served; resolves when the address is free for the next session. The report is begun, and
   * `tell` goes on until `stop`. `failure` says why the session did not end as it should.
   */
  retire(failure?: string): Promise<void> {
    this.#retired ??= this.#retire(failure);
    return this.#retired;
  }

  /** Ends all of it: the report goes out, and what waits is sent for a while. */
  stop(failure?: string): Promise<void> {
    this.#stopped ??= this.retire(failure).then(() => this.#fallSilent());
    return this.#stopped;
  }

  async #retire(failure: string | undefined): Promise<void> {
    const { session } = this.#options.plan;
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    if (failure !== undefined) {
      this.tell({
        key: 'recording-failed',
        severity: 'critical',
        title: `The recording of ${session} ended with an error`,
        message: failure,
      });
    }
    this.#alerts.close();
    // After a failure the session is open still: there is nothing to report on, and somebody has been told.
    if (failure === undefined) this.#startReport(`Session ${session} has ended`);
    await this.#listening;
    await this.#server?.close();
  }

  async #fallSilent(): Promise<void> {
    await this.#reporting;
    this.#alerts.close(); // What was told since may have been held back.
    this.#isSilent = true;
    await Promise.all(this.#webhooks.map((webhook) => webhook.close()));
  }

  #armTick(): void {
    const dueMs = this.#nowMs() + TICK_MS;
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      this.#loop.ticked(dueMs, this.#nowMs());
      try {
        this.#tick();
      } catch (error) {
        // A bug of ours must not end a recording.
        this.#options.log.error('bug: the health desk threw', { reason: String(error) });
      }
      if (this.#retired === undefined) this.#armTick();
    });
  }

  #tick(): void {
    this.#ticks += 1;
    if (this.#ticks % LISTEN_RETRY_TICKS === 0 && this.#server === undefined) this.#listen();
    if (this.#ticks % JUDGE_TICKS === 0) this.#alerts.update(findConditions(this.#facts(), this.#options.protocols));
    const nowUs = this.#nowUs();
    if (nowUs < this.#morningDueUs) return;
    const { morningUs, zoneOffsetUs } = this.#options.config;
    this.#morningDueUs = nextTimeOfDayUs(morningUs, nowUs, zoneOffsetUs);
    this.#startReport(`Morning report of ${this.#options.plan.session}`);
  }

  #facts(): HealthFacts {
    const { plan, config, recordingStatus } = this.#options;
    const nowUs = this.#nowUs();
    return {
      nowUs,
      startedAtUs: this.#startedAtUs,
      zoneOffsetUs: config.zoneOffsetUs,
      session: plan.session,
      isMonitored: this.#options.isMonitored,
      tape: this.#tape,
      tapeAtUs: this.#tapeAtUs,
      // Nothing of the past is known at first: then nothing came lately.
      recently: this.#tapePast.before(nowUs - RECENT_MS * 1_000) ?? this.#tape,
      hourAgo: this.#tapePast.before(nowUs - 3_600_000_000) ?? this.#tape,
      status: recordingStatus(),
      venues: this.#expectations.at(nowUs),
      wasExpected: (venue, timeUs) => this.#expectations.expected(venue, timeUs),
      loopDelayMs: this.#loop.worstMs,
      limits: plan.limits,
      thresholds: config.thresholds,
    };
  }

  #send(alert: Alert): void {
    const { log } = this.#options;
    const { key, state, severity, venue, title, message } = alert;
    const fields = { alert: key, state, severity, venue };
    const text = state === 'report' ? `sending: ${title}` : `alert ${state}, ${severity}: ${title}. ${message}`;
    if (state === 'resolved' || severity === 'info') log.info(text, fields);
    else log.warn(text, fields);
    for (const webhook of this.#webhooks) webhook.send(alert);
  }

  /** One report at a time. */
  #startReport(title: string): void {
    this.#reporting = this.#reporting.then(() => this.#report(title));
  }

  /** Makes the report and sends it; that it could not be made is an alert of its own. */
  async #report(title: string): Promise<void> {
    if (this.#webhooks.length === 0) return;
    const { clock, makeReport, plan } = this.#options;
    const report = await makeInTime(makeReport, clock);
    if (report.kind === 'made') {
      const message = { key: 'report', state: 'report', severity: 'info', venue: '', title, message: report.text } as const;
      this.#send({ ...message, session: plan.session, atUs: this.#nowUs() });
      return;
    }
    this.tell({
      key: 'report-missing',
      severity: 'critical',
      title: `The report of ${plan.session} could not be made`,
      message: `${title}, and its report could not be made: ${report.reason}. The recording itself may be well; look at it with tapedeck status.`,
    });
  }

  #listen(): void {
    const { config, log } = this.#options;
    const address = config.listen;
    if (address === undefined) return;
    this.#listening = HealthServer.listen(address, {
      healthz: () => this.#healthz(),
      readyz: () => {
        const facts = this.#facts();
        const readiness = readinessOf(facts, findConditions(facts, this.#options.protocols).conditions, this.watched);
        return { isOk: readiness.ready, body: readiness };
      },
      metrics: async () => ({ contentType: this.#metrics.contentType, text: await this.#metrics.text() }),
    }).then(
      (server) => {
        this.#server = server;
        log.info(`health: ${server.address}/healthz, /readyz and /metrics`);
      },
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn(`health: no pages on ${address.host}:${address.port} (${reason}); tried again each minute, recording goes on`);
      },
    );
  }

  #healthz(): { readonly isOk: boolean; readonly body: object } {
    const sinceTickMs = this.#loop.sinceTickMs(this.#nowMs());
    const isOk = sinceTickMs < LOOP_ALIVE_MS;
    return {
      isOk,
      body: {
        status: isOk ? 'ok' : 'stalled',
        session: this.#options.plan.session,
        uptimeSeconds: Math.round((this.#nowUs() - this.#startedAtUs) / 1_000_000),
        sinceTickMs: Math.round(sinceTickMs),
        worstDelayMs: Math.round(this.#loop.worstMs),
        records: this.#options.recordingStatus().records,
        alerts: this.watched.filter(({ state }) => state === 'firing').map(({ key, severity, title }) => ({ key, severity, title })),
        webhooks: this.#webhooks.map(({ name, sent, failed, lost, waiting }) => ({ name, sent, failed, lost, waiting })),
      },
    };
  }

  #nowUs(): number {
    return Number(this.#options.clock.wallNs() / 1_000n);
  }

  #nowMs(): number {
    return Number(this.#options.clock.monotonicNs()) / 1_000_000;
  }
}
