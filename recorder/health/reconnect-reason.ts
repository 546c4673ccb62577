/** Ours first, then what a venue or the network said; a text of its own would make a series of each minute. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^channel .* silent/, 'channel-silent'],
  [/^silent for/, 'silent'],
  [/was not answered/, 'unanswered'],
  [/^login refused/, 'login-refused'],
  [/^renewed/, 'renewed'],
  [/^nothing is wanted/, 'parked'],
  [/polls in a row failed/, 'polls-failed'],
  [/^the recorder was not running/, 'restart'],
  [/code \d{4}/, 'closed'],
];

/** The label of a reconnect's reason: a word of a fixed list, or the venue's own code (`OPSP8996`), never an instrument. */
export function reasonLabel(reason: string): string {
  const known = REASONS.find(([form]) => form.test(reason))?.[1];
  return known ?? /^([A-Z][A-Z0-9_]{2,23}): /.exec(reason)?.[1] ?? 'other';
}
