import { relative, resolve, sep } from 'node:path';
import { Argument, type Command } from 'commander';
import { usageError } from '#domain';
import { checkGolden, type GoldenReport, goldenText, makeGolden } from '#replay';
import { createGolden, type Golden, type GoldenPaths, goldenFolder, goldenPaths, listGoldens, readGolden } from '#storage';
import { STRATEGIES } from '#strategies';
import { VENUES } from '#venues';
import { addBacktestOptions, type BacktestCommandOptions, openSessions, readBacktestOptions } from '../backtest-options.ts';
import { interruptible } from '../interrupt.ts';
import { collect, parseStore } from '../options.ts';
import { formatCount, standardOutput, warn } from '../output.ts';
import { Progress } from '../progress.ts';
import { loadStrategy } from '../strategy-loader.ts';

interface GoldenOptions extends BacktestCommandOptions {
  readonly session: readonly string[];
  readonly replace?: boolean;
}

const DIFFERENT = 3;
/** What `check` takes; everything else is in the golden. */
const CHECK_OPTIONS: readonly string[] = ['data', 'json', 'from'];

export function goldenCommand(verb: Command): Command {
  const withArguments = verb
    .addArgument(
      new Argument('<action>', 'add: keep the decisions of a replay as a golden; check: replay goldens and compare').choices([
        'add',
        'check',
      ]),
    )
    .argument('[names...]', 'add: the name of the golden; check: those to check, all without names')
    .option('--session <name>', 'add: the session to replay; several are merged by tape time (repeatable)', collect, [])
    .option('--replace', 'add: make a golden anew that is there already');
  return addBacktestOptions(withArguments).action(async (action: string, names: string[], options: GoldenOptions) => {
    if (action === 'add') return add(names, options);
    refuseSettings(verb);
    await check(names, options);
  });
}

/** A setting that was not heeded would make a check that passes mean less than it says. */
function refuseSettings(verb: Command): void {
  const given = verb.options.find(
    (option) => !CHECK_OPTIONS.includes(option.attributeName()) && verb.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given === undefined) return;
  throw usageError(
    'GOLDEN_SETTING',
    `golden check plays with the settings of each golden: leave out ${given.long}, or keep another with golden add`,
  );
}

async function add(names: readonly string[], options: GoldenOptions): Promise<void> {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0)
    throw usageError('GOLDEN_NAME_MISSING', 'golden add needs one name: tapedeck golden add NAME --session …');
  const paths = goldenPaths(goldenFolder(options.data), name);
  const { strategyFrom, ...settings } = await readBacktestOptions('golden add', options.session, options);
  const writer = await createGolden(paths, { isReplaced: options.replace === true });
  const progress = new Progress(`golden ${name}`);
  const checkInterrupt = interruptible();
  const onProgress = (records: number): void => {
    checkInterrupt();
    progress.report(records, 'records');
  };
  let golden: Golden;
  try {
    const replay = {
      name,
      strategyFrom: storedStrategy(paths, strategyFrom),
      options: { ...settings, onProgress },
    };
    const made = await makeGolden(replay, writer);
    await writer.finish(made.golden, made.fingerprints);
    golden = made.golden;
  } catch (error) {
    await writer.discard();
    throw error;
  }
  progress.done();
  if (golden.audits === 0)
    warn(`golden ${name} holds no audits: nothing is decided on this tape, so only its bytes and settings are compared`);
  if (options.json) standardOutput.json({ ...golden, file: paths.golden });
  else standardOutput.text(addedText(golden, paths));
}

async function check(names: readonly string[], options: GoldenOptions): Promise<void> {
  const folder = goldenFolder(options.data);
  const wanted = names.length > 0 ? names : await listGoldens(folder);
  if (wanted.length === 0)
    throw usageError('GOLDEN_MISSING', `there are no goldens in ${folder}; make one with: tapedeck golden add NAME --session …`);
  const reports: GoldenReport[] = [];
  for (const name of wanted) {
    const report = await checkOne(goldenPaths(folder, name), options);
    reports.push(report);
    if (!options.json) standardOutput.text(goldenText(report));
  }
  if (options.json) standardOutput.json(reports);
  if (reports.some(({ isSame }) => !isSame)) process.exitCode = DIFFERENT;
}

async function checkOne(paths: GoldenPaths, options: GoldenOptions): Promise<GoldenReport> {
  const golden = await readGolden(paths);
  const { definition, sourceHash } = await loadStrategy(strategyOf(paths, golden));
  const sessions = golden.tapes.map(({ session }) => session);
  const tapes = await openSessions(options.data, sessions, parseStore(options.from));
  const progress = new Progress(`golden ${golden.name}`);
  const report = await checkGolden(paths, {
    tapes,
    venues: VENUES,
    strategy: definition,
    sourceHash,
    onProgress: (records) => progress.report(records, 'records'),
  });
  progress.done();
  return report;
}

/** A file by its path from the folder of the golden, so that both can move together; a built-in strategy by its name. */
function storedStrategy({ folder }: GoldenPaths, strategy: string): string {
  if (isBuiltIn(strategy)) return strategy;
  return relative(resolve(folder), resolve(strategy)).split(sep).join('/');
}

function strategyOf({ folder }: GoldenPaths, { strategy }: Golden): string {
  return isBuiltIn(strategy.from) ? strategy.from : resolve(folder, strategy.from);
}

function isBuiltIn(strategy: string): boolean {
  return STRATEGIES.some(({ name }) => name === strategy);
}

function addedText({ name, audits, counts, runHash, tapes }: Golden, paths: GoldenPaths): string {
  const { orders = 0, fills = 0, records = 0 } = counts;
  return [
    `golden ${name} of ${tapes.map(({ session }) => session).join(' + ')}: ${formatCount(records)} records, ${formatCount(audits)} audits, ${formatCount(orders)} orders, ${formatCount(fills)} fills`,
    `run hash ${runHash}`,
    `kept in ${paths.golden}`,
    `next: tapedeck golden check ${name}`,
  ].join('\n');
}
