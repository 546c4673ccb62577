const LEAD_MIN = 0xa1;
const LEAD_MAX = 0xfe;
const ASCII_MAX = 0x7f;
const QUESTION_MARK = 0x3f;

let pairs: ReadonlyMap<string, readonly [number, number]> | undefined;

/** The text in code page 949, as the venue's master files are: ASCII and the two-byte characters of KS X 1001; a question mark for all others. */
export function cp949Bytes(text: string): Uint8Array {
  pairs ??= characterPairs();
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code <= ASCII_MAX) bytes.push(code);
    else bytes.push(...(pairs.get(character) ?? [QUESTION_MARK]));
  }
  return Uint8Array.from(bytes);
}

/** What the platform's decoder reads, the other way around: there is no encoder to ask. */
function characterPairs(): ReadonlyMap<string, readonly [number, number]> {
  const decoder = new TextDecoder('euc-kr');
  const found = new Map<string, readonly [number, number]>();
  for (let lead = LEAD_MIN; lead <= LEAD_MAX; lead++) {
    for (let trail = LEAD_MIN; trail <= LEAD_MAX; trail++) {
      const character = decoder.decode(Uint8Array.of(lead, trail));
      if ([...character].length === 1 && character !== '\ufffd') found.set(character, [lead, trail]);
    }
  }
  return found;
}
