import type { SearchChange, VenueRooms } from '../rooms.ts';
import { CONDITION_SEARCH } from './condition-search.ts';
import { CONDITION } from './fids.ts';
import { parseReply, textOf } from './reply.ts';

/** How an item names another exchange than KRX; results are the same stocks whatever it is. */
const SUFFIX = /_(?:NX|AL)$/;
const SEARCH_NUMBER = /^\s*\d{1,4}\s*$/;

/**
 * Rooms of Kiwoom: stocks that a condition search finds. The whole result comes as the answer to `CNSRREQ`, changes as rows of type `02`, whose FID
 * 841 is the number of the search (protocol page of Kiwoom, section 9).
 */
export const KIWOOM_ROOMS: VenueRooms = {
  searches: {
    labels: new Set([CONDITION.type, CONDITION_SEARCH]),
    searchOf: ({ seq = '' }) => searchName(seq),
    wholeResultOf,
    changeOf,
  },
};

/** Refusals are no result, and a page is not a whole one. */
function wholeResultOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  const reply = parseReply(bytes.subarray(start, end));
  if (reply === undefined || reply.trnm !== CONDITION_SEARCH || Number(reply.return_code) !== 0) return undefined;
  const search = searchName(textOf(reply.seq));
  return search === '' || textOf(reply.cont_yn).trim() === 'Y' ? undefined : search;
}

function changeOf(channel: string, symbol: string, names: readonly string[], values: readonly number[]): SearchChange | undefined {
  if (channel !== CONDITION.type && channel !== CONDITION_SEARCH) return undefined;
  const search = values[names.indexOf('condition_number')];
  const inserted = values[names.indexOf('inserted')];
  if (search === undefined || inserted === undefined || Number.isNaN(search)) return undefined;
  return { search: String(search), code: symbol.replace(SUFFIX, ''), isIn: inserted === 1 };
}

/** `4` of `004` and of `4 `; empty where it is no number. */
function searchName(text: string): string {
  return SEARCH_NUMBER.test(text) ? String(Number(text)) : '';
}
