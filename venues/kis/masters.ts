import { usageError } from '#domain';
import type { PollSettings, RestRequest, RestResponse, RestVerdict } from '../protocol.ts';

/** Where the venue keeps its master files, for everybody. */
export const MASTER_HOST = 'https://new.real.download.dws.co.kr';
export const MASTER_FOLDER = '/common/master/';

interface MasterFile {
  readonly endpoint: string;
  /** The one entry of its zip: cp949 text. */
  readonly file: string;
}

/** By the name that the option `masters` uses. */
export const MASTER_FILES: Readonly<Record<string, MasterFile>> = {
  'index-derivatives': { endpoint: 'master-index-derivatives', file: 'fo_idx_code_mts.mst' },
  'stock-derivatives': { endpoint: 'master-stock-derivatives', file: 'fo_stk_code_mts.mst' },
  'commodity-derivatives': { endpoint: 'master-commodity-derivatives', file: 'fo_com_code.mst' },
  kospi: { endpoint: 'master-kospi', file: 'kospi_code.mst' },
  kosdaq: { endpoint: 'master-kosdaq', file: 'kosdaq_code.mst' },
  'nxt-kospi': { endpoint: 'master-nxt-kospi', file: 'nxt_kospi_code.mst' },
  index: { endpoint: 'master-index', file: 'idxcode.mst' },
};

const STOCK_CODE = /^Q?\d[0-9A-Z]{5}$/;
const OPEN_ANGLE = 0x3c;

/**
 * The files of the day: those that the option `masters` names (between commas), else the index derivatives, and the stocks when
 * there is a stock among the symbols. A zip's one entry is what the decoder reads, hence `unzip`. Throws KIS_MASTER_UNKNOWN.
 */
export function masterRequests(settings: PollSettings, symbols: readonly string[]): readonly RestRequest[] {
  return masterNames(settings.options.masters, symbols).map((name) => {
    const master = Object.hasOwn(MASTER_FILES, name) ? MASTER_FILES[name]! : undefined;
    if (master === undefined) {
      const known = Object.keys(MASTER_FILES).join(', ');
      throw usageError('KIS_MASTER_UNKNOWN', `the option "masters" of kis names "${name}"; write any of ${known} between commas`);
    }
    const { endpoint, file } = master;
    return { endpoint, method: 'GET', path: `${MASTER_FOLDER}${file}.zip`, host: MASTER_HOST, meta: { file, unzip: true } };
  });
}

/** A file is some bytes that are no page about an error. */
export function readMaster(request: RestRequest, response: RestResponse): RestVerdict {
  const { status, body } = response;
  if (status === 200 && body.length > 0 && body[0] !== OPEN_ANGLE) return { kind: 'ok' };
  const found = status === 200 ? `${body.length} bytes that are no master file` : `HTTP status ${status}`;
  return { kind: 'failed', code: 'KIS_MASTER', message: `${request.path}: ${found}`, isFinal: status === 404 };
}

function masterNames(option: string | undefined, symbols: readonly string[]): readonly string[] {
  if (option !== undefined) return option.split(',').map((name) => name.trim());
  const hasStock = symbols.some((symbol) => STOCK_CODE.test(symbol));
  return hasStock ? ['index-derivatives', 'kospi', 'kosdaq'] : ['index-derivatives'];
}
