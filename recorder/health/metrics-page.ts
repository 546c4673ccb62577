import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { METRIC_FAMILIES, type MetricFacts } from './metric-families.ts';

/** How often the library looks how late the event loop is, ms; its own 10 would wake the process more often than the recorder does. */
const LOOP_LOOK_EVERY_MS = 50;

let processRegistry: Registry | undefined;

/** The metrics of the process: one set for its life, because the library never stops watching what it once watches. */
function processMetrics(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry, eventLoopMonitoringPrecision: LOOP_LOOK_EVERY_MS });
  }
  return processRegistry;
}

/** The text that Prometheus scrapes: the recorder's metrics by the facts of the moment, and those of the process. */
export class MetricsPage {
  readonly #registry = new Registry();
  readonly contentType: string = this.#registry.contentType;

  constructor(facts: () => MetricFacts) {
    for (const { name, help, type, samples } of METRIC_FAMILIES) {
      const metric = { name, get: () => Promise.resolve({ name, help, type, aggregator: 'sum', values: samples(facts()) }) };
      // The library's own counters hold their numbers; ours are the tape's. A registry asks a metric for nothing but its name and `get`.
      this.#registry.registerMetric(metric as unknown as Metric);
    }
  }

  async text(): Promise<string> {
    return `${await this.#registry.metrics()}\n${await processMetrics().metrics()}`;
  }
}
