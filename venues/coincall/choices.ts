import { usageError } from '#domain';

/** Options of the configuration that change how a connection is made. */
export interface CoincallChoices {
  /** The name of the key in the signed text: documented as `apiKey` since 2025-05-29, as `uuid` before; clients report both to work. */
  readonly prehash: 'apiKey' | 'uuid';
  /** False for the first generation (until July 2023): the key alone opens the connection. */
  readonly isSigned: boolean;
}

/** Reads the options `prehash` and `generation`. Throws COINCALL_OPTION for a value that is none. */
export function readChoices(options: Readonly<Record<string, string>>): CoincallChoices {
  return {
    prehash: chosen(options, 'prehash', ['apiKey', 'uuid']) ?? 'apiKey',
    isSigned: chosen(options, 'generation', ['signed', 'unsigned']) !== 'unsigned',
  };
}

/** The option, which must be one of these or absent. Throws COINCALL_OPTION. */
export function chosen<Choice extends string>(
  options: Readonly<Record<string, string>>,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  const choice = choices.find((known) => known === value);
  if (choice === undefined)
    throw usageError('COINCALL_OPTION', `the option "${name}" of coincall must be one of ${choices.join(', ')}, not "${value}"`);
  return choice;
}
