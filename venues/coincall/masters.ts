import type { PollSettings, RestRequest, RestResponse, RestVerdict } from '../protocol.ts';
import { isObject } from './control.ts';
import type { CoincallVenueId } from './instrument.ts';

/** REST paths that the recorder asks and the server answers. */
export const REST_PATHS = {
  time: '/time',
  config: '/open/public/config/v1',
  optionInstruments: '/open/option/getInstruments/',
  futuresInstruments: '/open/futures/market/instruments/v1',
  futuresSymbols: '/open/futures/market/symbol/v1',
} as const;

/** The bases whose options are asked for when nothing names any. */
const BASES_BY_DEFAULT: readonly string[] = ['BTC', 'ETH'];
const TOO_MANY = /too many request/i;
const TOO_MANY_STATUS = 429;
const TOO_MANY_WAIT_MS = 2_000;
const DECODER = new TextDecoder();

/**
 * The day's instruments: the venue's clock, the configuration (fees and steps), and the contracts of each base: those in the option `bases` (between
 * commas), else those of the symbols, else BTC and ETH. Futures have two lists, one with names and one with currencies.
 */
export function masterRequests(venue: CoincallVenueId, settings: PollSettings, symbols: readonly string[]): readonly RestRequest[] {
  const common = [get('server-time', REST_PATHS.time), get('config', REST_PATHS.config)];
  if (venue === 'coincall-futures') {
    return [...common, get('instruments', REST_PATHS.futuresInstruments), get('symbols', REST_PATHS.futuresSymbols)];
  }
  const lists = basesOf(settings.options.bases, symbols).map((base) =>
    get('instruments', `${REST_PATHS.optionInstruments}${base}`, { base }),
  );
  return [...common, ...lists];
}

/** A good answer is an object whose `code` is 0. */
export function readMaster(request: RestRequest, response: RestResponse): RestVerdict {
  const { status, body } = response;
  const { code, msg } = envelopeOf(body);
  if (status === 200 && code === 0) return { kind: 'ok' };
  const said = typeof msg === 'string' ? msg : '';
  const failure = { code: typeof code === 'number' ? `COINCALL_${code}` : `HTTP_${status}`, message: said === '' ? request.path : said };
  const isTooMany = status === TOO_MANY_STATUS || TOO_MANY.test(said);
  if (isTooMany) return { kind: 'wait', ...failure, waitMs: TOO_MANY_WAIT_MS };
  return { kind: 'failed', ...failure, isFinal: status === 404 };
}

function get(endpoint: string, path: string, meta?: Readonly<Record<string, string>>): RestRequest {
  return { endpoint, method: 'GET', path, ...(meta === undefined ? {} : { meta }) };
}

function basesOf(option: string | undefined, symbols: readonly string[]): readonly string[] {
  const named = option?.split(',').map((base) => base.trim()) ?? symbols.map((symbol) => symbol.replace(/USD(?:-.*)?$/, ''));
  const bases = [...new Set(named)].filter((base) => /^[A-Z0-9]+$/.test(base));
  return bases.length === 0 ? BASES_BY_DEFAULT : bases;
}

function envelopeOf(body: Uint8Array): { readonly code?: unknown; readonly msg?: unknown } {
  try {
    const value: unknown = JSON.parse(DECODER.decode(body));
    return isObject(value) ? value : {};
  } catch {
    return {}; // An error page: the status tells.
  }
}
