import { readFile } from 'node:fs/promises';
import { Argument, type Command } from 'commander';
import { usageError } from '#domain';
import {
  describePlan,
  draftRecording,
  joinVariables,
  parseEnvFile,
  parseRecorderConfig,
  planError,
  reportPlan,
  type Variables,
} from '#recorder';
import { PROTOCOLS } from '#venues';
import type { CommonOptions } from '../options.ts';
import { standardOutput } from '../output.ts';

interface CheckOptions extends CommonOptions {
  readonly envFile?: string;
}

export function configCommand(verb: Command): Command {
  return verb
    .addArgument(new Argument('<action>', 'check: print the plan of a recording, and everything that is wrong with it').choices(['check']))
    .argument('<file>', 'configuration in TOML; see docs/configuration.md')
    .option('--env-file <file>', 'KEY=value lines with secrets; variables of the environment go before them')
    .action(async (_action: string, file: string, options: CheckOptions) => {
      await check(file, options, verb.getOptionValueSource('data') === 'default' ? undefined : options.data);
    });
}

/** Prints the plan even where something is wrong with it; then all of that at once, as one error. */
async function check(file: string, options: CheckOptions, data: string | undefined): Promise<void> {
  const read = parseRecorderConfig(await readText(file, 'CONFIG_UNREADABLE'), file);
  const config = data === undefined ? read : { ...read, session: { ...read.session, data } };
  const variables = await readVariables(options.envFile);
  const draft = draftRecording(config, { protocols: PROTOCOLS, variables, nowUs: Date.now() * 1000 });
  const report = reportPlan(draft, PROTOCOLS);
  if (options.json) standardOutput.json(report);
  else standardOutput.text(describePlan({ ...report, problems: [] }));
  if (draft.problems.length > 0) throw planError(draft.problems);
}

/** Variables of the environment and of `--env-file`, for every command that needs secrets. */
export async function readVariables(envFile: string | undefined): Promise<Variables> {
  if (envFile === undefined) return process.env;
  return joinVariables(process.env, parseEnvFile(await readText(envFile, 'ENV_FILE_UNREADABLE'), envFile));
}

async function readText(file: string, code: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usageError(code, `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}
