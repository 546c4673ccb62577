import { z } from 'zod';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Keys that people put secrets under. Their values are never shown. */
const SECRET_KEY = /secret|token|passw|app[-_]?key|api[-_]?key|hts[-_]?id|account/i;
const SECRET_ADVICE =
  'a secret never stands in the configuration: put it into an environment variable or an --env-file and name the variable in [[<venue>.keys]] secrets';
/** Tables whose values may hold a secret by mistake: an address can carry a password. */
const NEVER_SHOWN = new Set(['secrets', 'options', 'endpoints', 'webhooks']);
/** How different two names may be to be thought the same word. */
const LETTERS_OFF_MAX = 2;

/** One line a problem: the key, what is wrong with it, and what to write. Values are shown only where they cannot be a secret. */
export function describeProblems(error: z.core.$ZodError, value: unknown, schema: z.ZodType): readonly string[] {
  return [...new Set(error.issues.flatMap((issue) => describe(issue, value, schema)))];
}

function describe(issue: Issue, root: unknown, schema: z.ZodType): readonly string[] {
  const path = pathText(issue.path);
  const value = valueAt(root, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(issue.path, key, schema));
    case 'invalid_type':
      return [`${path}: ${typeProblem(issue.expected, value, lastKey(issue.path))}`];
    case 'invalid_value':
      return [
        `${path}: ${shown(value, issue.path)} is not known; write ${issue.values.map((known) => JSON.stringify(known)).join(' or ')}`,
      ];
    case 'invalid_union':
      return [`${path}: ${shown(value, issue.path)} is not known; ${UNION_ADVICE[lastKey(issue.path)] ?? 'see docs/configuration.md'}`];
    case 'too_small':
      return [`${path}: must be at least ${issue.minimum}${issue.origin === 'array' ? ' entry' : ''}`];
    case 'too_big':
      return [`${path}: must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`];
    case 'invalid_key':
      return issue.issues.map(({ message }) => `${path}: ${message}`);
    case 'invalid_format':
    case 'custom':
      return [`${path}: ${issue.message}${isSecretPath(issue.path) ? '' : `, not ${shown(value, issue.path)}`}`];
    default:
      return [`${path}: ${issue.message}`];
  }
}

const UNION_ADVICE: Readonly<Record<string, string>> = {
  days: 'write "krx", "krx-night", "weekdays", "daily" or a list such as ["mon", "tue"]',
};

function typeProblem(expected: string, value: unknown, key: string): string {
  if (value === undefined) return 'is missing';
  if (expected === 'string' && typeof value === 'number') {
    const text = /^(code|target)s?$/.test(key) || key === '' ? String(value).padStart(6, '0') : String(value);
    return `is text and must stand in quotes: write "${text}", not ${value}`;
  }
  if (expected === 'array') return `must be a list: write [ … ]${typeof value === 'object' ? ', or [[…]] above the table' : ''}`;
  if (expected === 'object' || expected === 'record') return 'must be a table: write { … }';
  return `must be a ${expected}, not a ${typeof value}`;
}

function unknownKey(path: Path, key: string, schema: z.ZodType): string {
  const name = pathText([...path, key]);
  if (SECRET_KEY.test(key)) return `${name}: ${SECRET_ADVICE}`;
  const known = keysAt(schema, path);
  const near = known.map((word) => ({ word, off: distance(word, key) })).sort((a, b) => a.off - b.off)[0];
  const advice = near !== undefined && near.off <= LETTERS_OFF_MAX ? `did you mean "${near.word}"?` : `there are ${known.join(', ')}`;
  return `${name}: there is no such key; ${advice}`;
}

/** The keys that the table at this path may have. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  let found: unknown = schema;
  for (const part of [...path, undefined]) {
    while (found instanceof z.ZodOptional) found = found.unwrap();
    if (part === undefined) break;
    if (found instanceof z.ZodArray) found = found.element;
    else if (found instanceof z.ZodObject) found = found.shape[String(part)];
  }
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

/** `kis.stocks[0].code`; a list in the file is a list here. */
function pathText(path: Path): string {
  if (path.length === 0) return 'the configuration';
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function lastKey(path: Path): string {
  const names = path.filter((part) => typeof part !== 'number');
  return String(names[names.length - 1] ?? '');
}

function isSecretPath(path: Path): boolean {
  return path.some((part) => typeof part === 'string' && (NEVER_SHOWN.has(part) || SECRET_KEY.test(part)));
}

function shown(value: unknown, path: Path): string {
  if (isSecretPath(path)) return 'this';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** Letters to change, add or take away to make one word of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
