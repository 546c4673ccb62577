/** What stands for no value. */
const NOTHING: ReadonlySet<string> = new Set(['', '(null)', 'nan', '-nan']);
/** What `Number` reads, without exponents, hexadecimals and infinities. */
const LOOSE_NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;
const BLANKS = /^ +| +$/g;

/**
 * Reads a number however the venue prints it: with a plus, blanks around it, or no digit on one side of the point. Its words for no
 * value are NaN; `undefined` for what is no number, or too large for one. A negative zero is 0.
 */
export function looseNumber(text: string): number | undefined {
  const plain = withoutBlanks(text);
  if (NOTHING.has(plain)) return Number.NaN;
  if (!LOOSE_NUMBER.test(plain)) return undefined;
  const value = Number(plain) + 0;
  return Number.isFinite(value) ? value : undefined;
}

/** True for the venue's words for no value. */
export function isNothing(text: string): boolean {
  return NOTHING.has(withoutBlanks(text));
}

/** Without the blanks around. */
export function withoutBlanks(text: string): string {
  return text.replaceAll(BLANKS, '');
}
