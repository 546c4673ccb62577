import {
  canonicalJson,
  isInbound,
  type JsonValue,
  type Parameters,
  type RunIdentity,
  type RunSummary,
  type StepAudit,
  type Strategy,
  type StrategyDefinition,
  SymbolTable,
  TapedeckError,
  type TapeRecord,
  usageError,
} from '#domain';
import { type ClosedTrade, describeModels, Engine, engineState, type ModelSettings, type RiskSettings } from '#engine';
import type { Venue } from '#venues';
import { auditLine } from './audit-line.ts';
import { RunCollector } from './run-collector.ts';
import { TapePlayer } from './tape-player.ts';
import { instrumentOf, latenessOf } from './venue-lookup.ts';

/** Everything that decides what a strategy does on a tape; the same for a back-test and for live. */
export interface PlaySettings {
  readonly venues: ReadonlyMap<string, Venue>;
  readonly strategy: StrategyDefinition;
  /** SHA-256 of the strategy's source: part of the run hash. */
  readonly sourceHash: string;
  /** Every parameter of the strategy, defaults filled in. */
  readonly parameters: Parameters;
  /** Candles made of every symbol besides those the strategy asks for. */
  readonly candles?: readonly string[];
  /** Lateness of every venue, microseconds; each venue's own unless told. */
  readonly latenessUs?: number;
  readonly risk?: RiskSettings;
  readonly models?: ModelSettings;
  /** Starting cash in minor units by currency. */
  readonly startMinor?: Readonly<Record<string, number>>;
}

/** Who looks on: each audit as it was made (valid until the call returns) and as its line of canonical JSON. */
export type OnAudit = (line: string, audit: StepAudit, symbols: SymbolTable) => void;

/** What a play found; the caller gives the run its name, its hash and the environment. */
export type PlayResult = Omit<RunSummary, 'run' | 'environment' | 'runHash'>;

/**
 * One engine, one strategy, and the records that are shown to it one by one. Back-test, live and parity are this and nothing else: what
 * differs is only where the records come from and where the audits go.
 */
export class Play {
  readonly #settings: PlaySettings;
  readonly #symbols = new SymbolTable();
  readonly #engine: Engine;
  readonly #player: TapePlayer;
  readonly #collector: RunCollector;
  readonly #onAudit: OnAudit;
  #records = 0;
  #frames = 0;
  #notes = 0;
  #decodeFailures = 0;
  #undecodedFrames = 0;
  #drift = 0;

  constructor(settings: PlaySettings, onAudit: OnAudit) {
    this.#settings = settings;
    this.#onAudit = onAudit;
    this.#engine = createEngine(settings, this.#symbols, (trade) => this.#collector.onClosedTrade(trade));
    this.#collector = new RunCollector(this.#engine, this.#symbols);
    this.#player = new TapePlayer(this.#engine, settings.venues, this.#symbols, {
      onAudit: (audit) => {
        this.#collector.onAudit(audit);
        this.#onAudit(auditLine(audit, this.#symbols), audit, this.#symbols);
      },
      onDecodeFailure: () => {
        this.#decodeFailures += 1;
      },
      onUndecoded: () => {
        this.#undecodedFrames += 1;
      },
      onDrift: () => {
        this.#drift += 1;
      },
    });
  }

  /** Records shown so far. */
  get records(): number {
    return this.#records;
  }

  /** The engine's time, microseconds since the epoch: that of the newest record. */
  get nowUs(): number {
    return this.#engine.nowUs;
  }

  /** Where the engine stands after the newest record. */
  state(): JsonValue {
    return engineState(this.#engine);
  }

  /** The `visit` of `drive`. */
  readonly visit = (record: TapeRecord, tape: number): void => {
    this.#records += 1;
    if (isInbound(record.kind)) this.#frames += 1;
    else if (record.kind === 'note') this.#notes += 1;
    this.#player.visit(record, tape);
    this.#collector.afterRecord();
  };

  /** Ends the play: closes what is still forming. */
  finish(): void {
    this.#player.finish();
  }

  /** What decides this play, with the defaults of this version written out. */
  identity(tapeDigests: readonly string[]): RunIdentity {
    return identityOf(this.#settings, this.#engine, tapeDigests);
  }

  result(sessions: readonly string[], tapeDigests: readonly string[]): PlayResult {
    const collector = this.#collector;
    return {
      version: 1,
      identity: this.identity(tapeDigests),
      sessions,
      firstUs: collector.firstUs,
      lastUs: this.#engine.nowUs,
      counts: collector.counts(this.#records, this.#frames, this.#player.eventCount),
      lost: collector.losses({
        decodeFailures: this.#decodeFailures,
        undecodedFrames: this.#undecodedFrames,
        drift: this.#drift,
        notes: this.#notes,
      }),
      currencies: collector.currencies(),
      symbols: collector.symbols(),
      trades: collector.trades(),
      refusals: collector.refusals(),
      assumptions: describeModels(this.#engine.models).map(({ role, name, assumptions }) => ({ model: `${role}: ${name}`, assumptions })),
      chart: collector.chart(),
    };
  }
}

/** The engine of a run, with its strategy, limits and models. */
export function createEngine(
  settings: PlaySettings,
  symbols: SymbolTable,
  onClosedTrade: (trade: ClosedTrade) => void = () => undefined,
): Engine {
  const { venues, latenessUs } = settings;
  return new Engine({
    symbols,
    instrumentOf: (venue, symbol) => instrumentOf(venues, venue, symbol),
    latenessOf: (venue) => latenessUs ?? latenessOf(venues, venue),
    candles: settings.candles ?? [],
    strategy: createStrategy(settings.strategy, settings.parameters),
    risk: settings.risk ?? {},
    models: settings.models ?? {},
    startMinor: settings.startMinor ?? {},
    onClosedTrade,
  });
}

/** Makes the strategy; a `create` that throws, or gives nothing that has hooks, is named before the first record is read. */
function createStrategy(definition: StrategyDefinition, parameters: Parameters): Strategy {
  const { name } = definition;
  let made: unknown;
  try {
    made = definition.create(parameters);
  } catch (error) {
    if (error instanceof TapedeckError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const given = canonicalJson({ ...parameters });
    throw usageError(
      'STRATEGY_CREATE_FAILED',
      `strategy ${name}: create threw with ${given}: ${reason}; mend it, or its parameters`,
      error,
    );
  }
  if (typeof made === 'object' && made !== null && !('then' in made)) return made;
  const found = made === null ? 'null' : typeof made === 'object' ? 'a promise' : `a value of type ${typeof made}`;
  throw usageError('STRATEGY_EMPTY', `strategy ${name}: create gave ${found}; it must return an object with the strategy's hooks at once`);
}

/** The lateness of a run that was told none. */
const OF_EACH_VENUE = 'venue';

/** Everything that decides the run, with the defaults of this version written out, so that a changed default changes the hash. */
function identityOf(options: PlaySettings, engine: Engine, tapeDigests: readonly string[]): RunIdentity {
  return {
    strategy: { name: options.strategy.name, sourceHash: options.sourceHash, parameters: options.parameters },
    settings: {
      candles: options.candles ?? [],
      // Not each venue's own: a new venue would change every run hash there is. What a changed one decides otherwise is in the audits.
      latenessUs: options.latenessUs ?? OF_EACH_VENUE,
      models: engine.models.settings,
      risk: JSON.parse(JSON.stringify(engine.risk.settings)) as JsonValue,
      startMinor: options.startMinor ?? {},
    },
    tapeDigests,
  };
}
