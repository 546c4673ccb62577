import { Command, Option } from 'commander';
import { parseDuration, usageError } from '#domain';
import type { Store } from '#replay';

export interface CommonOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** A command with what every verb has: `--data DIR` and `--json`. */
export function verbCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(new Option('--data <dir>', 'folder of sessions and runs').env('TAPEDECK_DATA').default('./data'))
    .option('--json', 'print one JSON document on stdout');
}

/** Collects a repeatable option in the order given. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

export function parseLateness(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text, '--lateness');
}

export function parseStore(text: string | undefined): Store | undefined {
  if (text === undefined || text === 'journal' || text === 'parquet' || text === 'questdb') return text;
  throw usageError('STORE_UNKNOWN', `--from ${text}: must be journal, parquet or questdb`);
}

export const STORE_OPTION = [
  '--from <store>',
  'read from journal, parquet or questdb; without it the journal where it is whole, else Parquet',
] as const;
export const LATENESS_OPTION = [
  '--lateness <duration>',
  'how long candles wait for late trades, for example 2s; each venue’s own by default',
] as const;

/** What a person writes as a number: `2`, `0.5`; NaN for everything else, also for what JavaScript takes for one (`0x10`, a blank, `1e3`). */
export function decimalNumber(text: string): number {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}
