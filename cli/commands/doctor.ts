import type { Command } from 'commander';
import { TapedeckError, usageError } from '#domain';
import { callHttp, type DoctorCheck, draftRecording, examine, parseRecorderConfig, type RecordingDraft, systemClock } from '#recorder';
import { PROTOCOLS } from '#venues';
import { type CommonOptions, collect } from '../options.ts';
import { standardOutput } from '../output.ts';
import { readConfigText } from '../recording-options.ts';
import { readVariables } from './config.ts';

interface DoctorOptions extends CommonOptions {
  readonly envFile?: string;
  readonly port?: readonly string[];
}

/** The floor of a machine that has no configuration yet: the recorder's own default. */
const FREE_BYTES_MIN = 2 * 1024 * 1024 * 1024;
const PORT_MAX = 65_535;

export function doctorCommand(verb: Command): Command {
  return verb
    .argument('[config]', 'configuration in TOML; without it only the machine and the data folder are looked at')
    .option('--env-file <file>', 'KEY=value lines with secrets; variables of the environment go before them')
    .option('--port <number>', 'a port that must be free (of serve, of metrics); may be given again', collect)
    .action(async (file: string | undefined, options: DoctorOptions) => {
      const ports = (options.port ?? []).map(portOf);
      const { draft, problem } = file === undefined ? {} : await draftOf(file, options.envFile);
      const isDefaultData = verb.getOptionValueSource('data') === 'default';
      const checks = await examine({
        dataDir: isDefaultData ? (draft?.plan.dataDir ?? options.data) : options.data,
        freeBytesMin: draft?.plan.limits.diskFreeMinBytes ?? FREE_BYTES_MIN,
        ...(draft === undefined ? {} : { draft }),
        protocols: PROTOCOLS,
        ports,
        clock: systemClock(),
        callHttp,
      });
      show(problem === undefined ? checks : [problem, ...checks], options.json === true);
    });
}

/** A file that is no configuration is a finding like any other: the machine is looked at all the same. */
async function draftOf(
  file: string,
  envFile: string | undefined,
): Promise<{ readonly draft?: RecordingDraft; readonly problem?: DoctorCheck }> {
  const variables = await readVariables(envFile);
  try {
    const config = parseRecorderConfig(await readConfigText(file), file);
    return { draft: draftRecording(config, { protocols: PROTOCOLS, variables, nowUs: Date.now() * 1000 }) };
  } catch (error) {
    if (!(error instanceof TapedeckError)) throw error;
    return { problem: { name: 'configuration', state: 'failed', detail: error.message, advice: 'see docs/configuration.md' } };
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= PORT_MAX) return port;
  throw usageError('PORT_INVALID', `--port ${text}: must be a whole number from 1 to ${PORT_MAX}`);
}

function show(checks: readonly DoctorCheck[], isJson: boolean): void {
  const isOk = checks.every(({ state }) => state !== 'failed');
  if (isJson) standardOutput.json({ ok: isOk, checks });
  else standardOutput.text(checks.flatMap(lines).join('\n'));
  if (!isOk) process.exitCode = 1;
}

const MARKS = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' } as const;

function lines({ name, state, detail, advice }: DoctorCheck): readonly string[] {
  return [`${MARKS[state]}  ${name}: ${detail}`, ...(advice === undefined ? [] : [`         → ${advice}`])];
}
