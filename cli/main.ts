import { Command, CommanderError } from 'commander';
import { TapedeckError } from '#domain';
import { demoCommand } from './commands/demo.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { inspectCommand } from './commands/inspect.ts';
import { replayCommand } from './commands/replay.ts';
import { reportCommand } from './commands/report.ts';
import { sealCommand } from './commands/seal.ts';
import { sessionsCommand } from './commands/sessions.ts';
import { verifyCommand } from './commands/verify.ts';
import { warn } from './output.ts';
import { packageVersion } from './package-root.ts';

/** The command line: one command a file, exit codes as in the README (0 ok, 1 failed, 2 usage, 3 differences, 130 interrupted). */
async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('tapedeck')
    .description('Record the tape, play it back, get the same decisions.')
    .version(packageVersion())
    .showHelpAfterError('(see tapedeck --help)')
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  for (const command of [
    demoCommand,
    importCommand,
    sessionsCommand,
    inspectCommand,
    verifyCommand,
    sealCommand,
    replayCommand,
    reportCommand,
    exportCommand,
  ]) {
    program.addCommand(command().exitOverride());
  }
  try {
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof TapedeckError) {
    warn(`tapedeck: ${error.message} [${error.code}]`);
    return error.exitCode;
  }
  // A reader that closed the pipe early (`tapedeck export … | head`) is not a failure of ours.
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'EPIPE') return 0;
  warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.on('SIGINT', () => process.exit(130));
process.exitCode = await main(process.argv);
