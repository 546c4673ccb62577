export type TokenKind = 'word' | 'number' | 'string' | 'template' | 'regex' | 'mark';

/** One token of TypeScript source. Comments and spaces are no tokens. */
export interface Token {
  readonly kind: TokenKind;
  /** The source text; of a string its contents as written, of a template the whole piece between two `${}`. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /(?:\d|\.\d)[\w.]*/y;
const SPACE = /\s+/y;
const LINE_COMMENT = /(?:\/\/|#!).*/y;
const BLOCK_COMMENT = /\/\*.*?(?:\*\/|$)/suy;
const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/suy;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE_PIECE = /(?:[^`\\$]|\\.|\$(?!\{))*/suy;
const MARKS = ['**=', '...', '**', '=>', '?.', '++', '--'];

/** After these words a slash begins a regular expression; after any other word it divides. */
const WORDS_BEFORE_REGEX = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'do',
  'else',
  'void',
  'delete',
  'throw',
  'new',
  'await',
  'yield',
]);

/**
 * Splits TypeScript into tokens, so that a rule never trips over a comment, a text or a regular expression.
 * TypeScript 7 has no compiler API in JavaScript; this knows just the lexical grammar (no JSX).
 * A slash after `)` divides: `if (x) /y/.test(z)` is not understood, and the formatter's style does not write it.
 */
export function scanTokens(source: string): readonly Token[] {
  return new TokenScanner(source).scan();
}

class TokenScanner {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  /** For every open brace: whether it is the `${` of a template. */
  readonly #braces: boolean[] = [];
  #position = 0;
  #line = 1;

  constructor(source: string) {
    this.#source = source;
  }

  scan(): readonly Token[] {
    if (this.#source.startsWith('#!')) this.#skip(LINE_COMMENT);
    while (this.#position < this.#source.length) this.#scanOne();
    return this.#tokens;
  }

  #scanOne(): void {
    const character = this.#source[this.#position]!;
    if (this.#skip(SPACE) || this.#skipComment(character)) return;
    const resumesTemplate = character === '}' && this.#braces.at(-1) === true;
    if (character === '`' || resumesTemplate) {
      this.#scanTemplate();
      return;
    }
    if ((character === "'" || character === '"') && this.#take(STRING, 'string')) return;
    if (character === '/' && this.#isRegexNext() && this.#take(REGEX, 'regex')) return;
    if (this.#take(NUMBER, 'number') || this.#take(WORD, 'word')) return;
    this.#takeMark();
  }

  #skipComment(character: string): boolean {
    if (character !== '/') return false;
    const next = this.#source[this.#position + 1];
    if (next === '/') return this.#skip(LINE_COMMENT);
    return next === '*' && this.#skip(BLOCK_COMMENT);
  }

  /** From a backtick or the `}` that ends a `${…}` up to the next `${` or the closing backtick. */
  #scanTemplate(): void {
    if (this.#source[this.#position] === '}') this.#braces.pop();
    this.#position += 1;
    this.#take(TEMPLATE_PIECE, 'template');
    if (this.#source.startsWith('${', this.#position)) {
      this.#braces.push(true);
      this.#position += 2;
    } else {
      this.#position += 1;
    }
  }

  #takeMark(): void {
    const text = MARKS.find((mark) => this.#source.startsWith(mark, this.#position)) ?? this.#source[this.#position]!;
    if (text === '{') this.#braces.push(false);
    if (text === '}') this.#braces.pop();
    this.#add('mark', text);
    this.#position += text.length;
  }

  #isRegexNext(): boolean {
    const last = this.#tokens.at(-1);
    if (last === undefined) return true;
    if (last.kind === 'word') return WORDS_BEFORE_REGEX.has(last.text);
    if (last.text === '!') return !endsValue(this.#tokens.at(-2));
    return last.kind === 'mark' && ![')', ']', '++', '--'].includes(last.text);
  }

  #take(pattern: RegExp, kind: TokenKind): boolean {
    const text = this.#match(pattern);
    if (text === undefined) return false;
    this.#add(kind, kind === 'string' ? text.slice(1, -1) : text);
    this.#move(text);
    return true;
  }

  #skip(pattern: RegExp): boolean {
    const text = this.#match(pattern);
    if (text === undefined) return false;
    this.#move(text);
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    return pattern.exec(this.#source)?.[0];
  }

  #move(text: string): void {
    this.#position += text.length;
    for (const character of text) if (character === '\n') this.#line += 1;
  }

  #add(kind: TokenKind, text: string): void {
    this.#tokens.push({ kind, text, line: this.#line });
  }
}

/** Tells `list[0]! / 2` from `!/x/.test(text)`. */
function endsValue(token: Token | undefined): boolean {
  if (token === undefined) return false;
  return token.kind === 'mark' ? token.text === ')' || token.text === ']' : !WORDS_BEFORE_REGEX.has(token.text);
}
