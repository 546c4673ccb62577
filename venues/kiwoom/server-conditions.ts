import { plainDecimal, usageError } from '#domain';
import type { ServedMarket } from '../server-protocol.ts';
import { conditionNumber } from './frame-rows.ts';

const OPTION = /^(\d{1,4}):(.+)$/;
const ONE_CONDITION = '0:조건식';
const ZERO_PADDED = 9;

/** The account's condition searches: their list from the option `conditions`, their results from the rows of type `02` served so far. */
export class ServedConditions {
  /** Names by number, in order. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #members = new Map<string, Set<string>>();

  /** `option` is `<number>:<name>` between commas. Throws KIWOOM_SERVE_OPTION. */
  constructor(option = ONE_CONDITION) {
    this.#names = new Map(
      option.split(',').map((text) => {
        const found = OPTION.exec(text.trim());
        if (found === null) {
          throw usageError('KIWOOM_SERVE_OPTION', `the option "conditions" of kiwoom is <number>:<name> between commas, not "${text}"`);
        }
        return [conditionNumber(found[1]!), found[2]!];
      }),
    );
  }

  has(seq: string): boolean {
    return this.#names.has(conditionNumber(seq));
  }

  list(): readonly (readonly [seq: string, name: string])[] {
    return [...this.#names];
  }

  /** A row of type `02` was served. */
  note(seq: string, code: string, change: string): void {
    const members = this.#members.get(seq) ?? new Set<string>();
    this.#members.set(seq, members);
    if (change === 'I') members.add(code);
    else members.delete(code);
  }

  /** The result of a search in real time: codes only. */
  codes(seq: string): readonly { readonly jmcode: string }[] {
    return this.#codesOf(seq).map((code) => ({ jmcode: `A${code}` }));
  }

  /** The result of a search without real time: padded numbers, of which the tape knows the price; the others are 0. */
  rows(seq: string, market: ServedMarket): readonly Readonly<Record<string, string>>[] {
    return this.#codesOf(seq).map((code) => {
      const price = market.lastPrice(code);
      return {
        '9001': `A${code}`,
        '302': '',
        '10': padded(Number.isNaN(price) ? 0 : price),
        '25': '3',
        ...Object.fromEntries(['11', '12', '13', '16', '17', '18'].map((fid) => [fid, padded(0)])),
      };
    });
  }

  #codesOf(seq: string): readonly string[] {
    return [...(this.#members.get(conditionNumber(seq)) ?? [])];
  }
}

function padded(value: number): string {
  return plainDecimal(value).padStart(ZERO_PADDED, '0');
}
