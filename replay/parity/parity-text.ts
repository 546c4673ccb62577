import { auditText, decisionPlaceText } from '../comparison/difference-text.ts';
import type { ParityReport } from '../parity.ts';

/** "same N decisions", or the first that differs with its record, both values and the likely cause. */
export function parityText(report: ParityReport): string {
  const { run, isSame, isFinished, audits, decisions, difference, causes, runHash } = report;
  if (isSame) {
    const end = isFinished ? `run hash ${runHash.replay}` : 'the run is not finished: compared as far as it goes';
    return `parity ${run}: same ${decisions} decisions (${audits.run} audits), ${end}`;
  }
  const lines = [`parity ${run}: differs after ${decisions} decisions`];
  if (difference === undefined) lines.push('  all audits are the same; what they were made with is not');
  else {
    const what = { different: 'decided otherwise', missing: 'not decided by the replay', extra: 'decided by the replay only' }[
      difference.kind
    ];
    lines.push(`  ${what} at ${decisionPlaceText(difference.record, difference.event)}`);
    for (const { path, expected, found } of difference.fields) {
      lines.push(`    ${path}: the run has ${JSON.stringify(expected) ?? 'nothing'}, the replay ${JSON.stringify(found) ?? 'nothing'}`);
    }
    lines.push(`  run    ${auditText(difference.run)}`, `  replay ${auditText(difference.replay)}`);
  }
  return [...lines, ...causes.map(({ kind, text }) => `  likely cause (${kind}): ${text}`)].join('\n');
}
