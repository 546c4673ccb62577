import { assertNever, type JsonValue } from '#domain';
import { readKrxTax, readVenueFees } from './fee-settings.ts';
import { type DatedRate, NO_FEES, type VenueFees, venueFees } from './fees.ts';
import { participation } from './fill.ts';
import { fixedLatency, ORDER_LATENCY_DEFAULT_US } from './latency.ts';
import type { FeeModel, FillModel, LatencyModel, ModelDescription, QueueModel, SlippageModel } from './model.ts';
import { QUEUE_MODELS } from './queue.ts';
import { SettingsReader } from './settings-reader.ts';
import { fixedSlippage, noSlippage } from './slippage.ts';

/** Which models a run uses, as plain JSON; everything is optional and pessimistic when absent. */
export interface ModelSettings {
  readonly latency?: { readonly model?: 'fixed'; readonly orderUs?: number; readonly cancelUs?: number };
  readonly fees?:
    | { readonly model: 'none' }
    | {
        readonly model?: 'venue';
        readonly venues?: Readonly<Record<string, Partial<VenueFees>>>;
        readonly krxSellTax?: readonly DatedRate[];
      };
  readonly slippage?: { readonly model?: 'none' } | { readonly model: 'fixed-bps'; readonly bps: number };
  readonly queue?: { readonly model?: 'behind-queue' | 'trade-through' | 'optimistic-touch' };
  readonly fill?: { readonly model?: 'participation'; readonly share?: number; readonly marketRest?: 'wait' | 'cancel' };
}

/** The models of a run. */
export interface Models {
  readonly latency: LatencyModel;
  readonly fees: FeeModel;
  readonly slippage: SlippageModel;
  readonly queue: QueueModel;
  readonly fill: FillModel;
  /** The settings with every default filled in: part of the run hash, so that a changed default changes it too. */
  readonly settings: JsonValue;
}

interface Made<Model> {
  readonly model: Model;
  readonly settings: JsonValue;
}

/** Makes the models; a key, name or value that is not known is a usage error that lists what is. */
export function createModels(settings: ModelSettings): Models {
  const reader = new SettingsReader('models', settings, ['latency', 'fees', 'slippage', 'queue', 'fill']);
  const latency = createLatency(reader.raw('latency') ?? {});
  const fees = createFees(reader.raw('fees') ?? {});
  const slippage = createSlippage(reader.raw('slippage') ?? {});
  const queue = createQueue(reader.raw('queue') ?? {});
  const fill = createFill(reader.raw('fill') ?? {});
  return {
    latency: latency.model,
    fees: fees.model,
    slippage: slippage.model,
    queue: queue.model,
    fill: fill.model,
    settings: {
      latency: latency.settings,
      fees: fees.settings,
      slippage: slippage.settings,
      queue: queue.settings,
      fill: fill.settings,
    },
  };
}

/** What the report prints, in a fixed order. */
export function describeModels(models: Models): readonly (ModelDescription & { readonly role: string })[] {
  return (['latency', 'fees', 'slippage', 'queue', 'fill'] as const).map((role) => {
    const { name, assumptions } = models[role];
    return { role, name, assumptions };
  });
}

function createLatency(value: unknown): Made<LatencyModel> {
  const reader = new SettingsReader('models.latency', value, ['model', 'orderUs', 'cancelUs']);
  const model = reader.choice('model', ['fixed']) ?? 'fixed';
  const bounds = { min: 0, isWhole: true, example: ORDER_LATENCY_DEFAULT_US } as const;
  const orderUs = reader.number('orderUs', bounds) ?? ORDER_LATENCY_DEFAULT_US;
  const cancelUs = reader.number('cancelUs', bounds) ?? orderUs;
  return { model: fixedLatency(orderUs, cancelUs), settings: { model, orderUs, cancelUs } };
}

function createFees(value: unknown): Made<FeeModel> {
  const reader = new SettingsReader('models.fees', value, ['model', 'venues', 'krxSellTax']);
  const model = reader.choice('model', ['venue', 'none']) ?? 'venue';
  switch (model) {
    case 'none':
      return { model: NO_FEES, settings: { model } };
    case 'venue': {
      const venues = readVenueFees(reader.raw('venues'), reader.path('venues'));
      const krxSellTax = readKrxTax(reader.raw('krxSellTax'), reader.path('krxSellTax'));
      return { model: venueFees(venues, krxSellTax), settings: { model, venues: copyOf(venues), krxSellTax: krxSellTax.map(copyOfRate) } };
    }
    default:
      return assertNever(model);
  }
}

function createSlippage(value: unknown): Made<SlippageModel> {
  const reader = new SettingsReader('models.slippage', value, ['model', 'bps']);
  const model = reader.choice('model', ['none', 'fixed-bps']) ?? 'none';
  switch (model) {
    case 'none':
      return { model: noSlippage(), settings: { model } };
    case 'fixed-bps': {
      const bps = reader.number('bps', { min: 0, below: 10_000, example: 1 }) ?? 1;
      return { model: fixedSlippage(bps), settings: { model, bps } };
    }
    default:
      return assertNever(model);
  }
}

function createQueue(value: unknown): Made<QueueModel> {
  const reader = new SettingsReader('models.queue', value, ['model']);
  const names = QUEUE_MODELS.map(({ name }) => name);
  const name = reader.choice('model', names) ?? 'behind-queue';
  return { model: QUEUE_MODELS[names.indexOf(name)]!, settings: { model: name } };
}

function createFill(value: unknown): Made<FillModel> {
  const reader = new SettingsReader('models.fill', value, ['model', 'share', 'marketRest']);
  const model = reader.choice('model', ['participation']) ?? 'participation';
  const share = reader.number('share', { above: 0, max: 1, example: 0.25 }) ?? 1;
  const marketRest = reader.choice('marketRest', ['wait', 'cancel']) ?? 'wait';
  return { model: participation(share, marketRest), settings: { model, share, marketRest } };
}

function copyOf(venues: Readonly<Record<string, VenueFees>>): JsonValue {
  return Object.fromEntries(Object.entries(venues).map(([venue, { maker, taker, hasKrxTax }]) => [venue, { maker, taker, hasKrxTax }]));
}

function copyOfRate({ from, rate }: DatedRate): JsonValue {
  return { from, rate };
}
