import { parse, TomlDate, TomlError } from 'smol-toml';
import { usageError } from '#domain';
import { describeProblems } from './config-problems.ts';
import { type RecorderConfig, recorderConfigSchema } from './recorder-config.ts';

/**
 * Reads a configuration in TOML. `file` is its name for messages. Throws `CONFIG_SYNTAX` for what is no TOML and `CONFIG_INVALID` with every
 * problem at once, each with its key and what to do (exit code 2).
 */
export function parseRecorderConfig(text: string, file: string): RecorderConfig {
  return checkRecorderConfig(readToml(text, file), file);
}

/** Checks an object that is to be a configuration, whoever made it. */
export function checkRecorderConfig(value: unknown, file: string): RecorderConfig {
  const result = recorderConfigSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = describeProblems(result.error, value, recorderConfigSchema);
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  throw usageError('CONFIG_INVALID', [`${file} has ${count}:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
}

function readToml(text: string, file: string): unknown {
  try {
    // A byte order mark is what some editors put before the first key.
    return plain(parse(text.replace(/^\ufeff/, '')));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw usageError('CONFIG_SYNTAX', `${file}, line ${error.line}: ${syntaxAdvice(error, text)}`, error);
  }
}

/** The line itself is never shown: it may hold a secret. */
function syntaxAdvice(error: TomlError, text: string): string {
  const line = text.split(/\r?\n/)[error.line - 1] ?? '';
  const number = /(?<![\w."'+-])(0\d[\dA-Za-z]*)/.exec(line)?.[1];
  if (number !== undefined) return `a code is text and must stand in quotes: write "${number}", not ${number}`;
  const reason = error.message.split('\n')[0] ?? '';
  return `${reason.replace(/^Invalid TOML document: /, '')} (column ${error.column})`;
}

/** TOML has dates and times of its own; here they are the texts they were written as, with or without quotes. */
function plain(value: unknown): unknown {
  if (value instanceof TomlDate) return value.toISOString().replace(/(:\d{2}):00\.000/, '$1');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
