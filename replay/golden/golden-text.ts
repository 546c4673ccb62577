import { auditText, decisionPlaceText, placeText } from '../comparison/difference-text.ts';
import { valueText } from '../comparison/json-difference.ts';
import type { GoldenDifference, GoldenReport } from '../golden.ts';
import type { GoldenCause } from './golden-causes.ts';

/** A report as a person reads it: the first different decision with its record, member by member, and why it likely differs. */
export function goldenText(report: GoldenReport): string {
  const { name, isSame, audits, difference, causes, runHash, note } = report;
  if (isSame) {
    const same = `golden ${name}: same ${audits.expected} audits, run hash ${runHash.expected}`;
    return note === undefined ? same : `${same}\n  no decision depends on it, but ${reasonText(note)}`;
  }
  const lines = difference === undefined ? sameDecisions(report) : differentDecision(difference);
  return [`golden ${name} differs`, ...lines, ...causes.map(causeText)].map((line, i) => (i === 0 ? line : `  ${line}`)).join('\n');
}

function sameDecisions({ audits, name }: GoldenReport): string[] {
  return [
    `all ${audits.found} audits are the same; what they were made with is not. If that is meant: tapedeck golden add ${name} --replace`,
  ];
}

function differentDecision({ kind, record, event, expected, found, fields }: GoldenDifference): string[] {
  const what = {
    different: 'the first different decision',
    missing: 'the first decision that is missing',
    extra: 'the first decision that is new',
  }[kind];
  const members = fields.map(({ path, expected, found }) => `  ${path}: expected ${valueText(expected)}, found ${valueText(found)}`);
  return [
    `${what} is in ${decisionPlaceText(record, event)}`,
    ...members,
    `expected ${auditText(expected)}`,
    `found    ${auditText(found)}`,
  ];
}

function causeText(cause: GoldenCause): string {
  return `likely cause (${cause.kind}): ${reasonText(cause)}`;
}

function reasonText({ text, record, recordsMax }: GoldenCause): string {
  if (record === undefined) return text;
  const first = recordsMax === undefined ? 'first' : `first within ${recordsMax} records from`;
  return `${text}, ${first} ${placeText(record)}`;
}
