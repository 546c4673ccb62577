/** One file of a strategy. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

export interface ImpureCall {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly call: string;
}

const CALLS =
  /\b(?:Date\.now\s*\(|new\s+Date\s*\(\s*\)|Date\s*\(\s*\)|Math\.random\s*\(|performance\.now\s*\(|process\.(?:hrtime|uptime|memoryUsage|env|pid)\b|crypto\.(?:randomUUID|getRandomValues|randomBytes|randomInt)\s*\(|random(?:UUID|Bytes|Int)\s*\(|fetch\s*\(|read(?:File|dir)(?:Sync)?\s*\(|set(?:Timeout|Interval|Immediate)\s*\()/g;
/** Comments, which may speak of what the code does not do; their line ends stay. */
const COMMENTS = /\/\*[\s\S]*?\*\/|(?<![:"'`\\])\/\/.*$/gm;
const CALLS_MAX = 20;

/** Calls in a strategy's source whose answer does not come from the tape: clocks, chance, files, the network. Text search, so it may miss some. */
export function impureCalls(sources: readonly SourceText[]): readonly ImpureCall[] {
  const calls: ImpureCall[] = [];
  for (const { file, text } of sources) {
    const code = text.replace(COMMENTS, (comment) => comment.replace(/[^\n]/g, ' '));
    for (const match of code.matchAll(CALLS)) {
      const line = code.slice(0, match.index).split('\n').length;
      calls.push({ file, line, call: match[0].replace(/\s*\($/, '()').replace(/\(\s*\)$/, '()') });
    }
  }
  return calls.slice(0, CALLS_MAX);
}
