import { usageError } from '#domain';

/** Variables by name; what is set but empty is an empty text. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads `KEY=value` lines: blank lines and lines that begin with `#` are skipped, `export` may stand in front, a value may stand in single or
 * double quotes, and ends at ` #` without them. Nothing is expanded. Node's own `util.parseEnv` joins a line without `=` to the next one, which
 * would lose a secret in silence. Throws `ENV_FILE_INVALID` with the number of the line, never its text.
 */
export function parseEnvFile(text: string, file: string): Variables {
  const variables: Record<string, string> = {};
  text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .forEach((line, index) => {
      const content = line.trim();
      if (content === '' || content.startsWith('#')) return;
      const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(content);
      const value = match === null ? undefined : envValue(match[2]!);
      if (match === null || value === undefined)
        throw usageError('ENV_FILE_INVALID', `${file}, line ${index + 1}: write KEY=value, with quotes closed where they are opened`);
      variables[match[1]!] = value;
    });
  return variables;
}

/** Variables of the environment go before those of a file, as with `node --env-file`. */
export function joinVariables(environment: Variables, file: Variables): Variables {
  const set = Object.entries(environment).filter(([, value]) => value !== undefined);
  return { ...file, ...Object.fromEntries(set) };
}

function envValue(text: string): string | undefined {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text.replace(/\s+#.*$/, '').trim();
  const end = text.indexOf(quote, 1);
  if (end < 0) return undefined;
  const rest = text.slice(end + 1).trim();
  return rest === '' || rest.startsWith('#') ? text.slice(1, end) : undefined;
}
