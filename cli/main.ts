import { Command, CommanderError } from 'commander';
import { TapedeckError } from '#domain';
import { handleInterrupts, INTERRUPTED, Interrupted } from './interrupt.ts';
import { verbCommand } from './options.ts';
import { warn } from './output.ts';
import { packageVersion } from './package-root.ts';
import { VERBS } from './verbs.ts';

/** The command line: one command a file, exit codes as in the README (0 ok, 1 failed, 2 usage, 3 differences, 130 interrupted). */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const program = await programFor(argv);
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** All verbs by name; only the one that `argv` asks for (or asks help for) has its options and is loaded, so that a start is quick. */
async function programFor(argv: readonly string[]): Promise<Command> {
  const program = new Command('tapedeck')
    .description('Record the tape, play it back, get the same decisions.')
    .version(packageVersion())
    .showHelpAfterError('(see tapedeck --help)')
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  const wanted = argv.find((argument) => VERBS.some(({ name }) => name === argument));
  for (const { name, description, load } of VERBS) {
    const verb = verbCommand(name, description).exitOverride();
    program.addCommand(name === wanted ? (await load())(verb) : verb);
  }
  return program;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof TapedeckError) {
    warn(`tapedeck: ${error.message} [${error.code}]`);
    return error.exitCode;
  }
  if (error instanceof Interrupted) return INTERRUPTED;
  // A reader that closed the pipe early (`tapedeck export … | head`) is not a failure of ours.
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'EPIPE') return 0;
  warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
handleInterrupts();
process.exitCode = await main(process.argv);
