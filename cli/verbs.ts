import type { Command } from 'commander';

/** One verb of the command line. */
export interface Verb {
  readonly name: string;
  readonly description: string;
  /** Loads what the verb needs; the function adds its arguments, options and action to a command that has what every verb has. */
  readonly load: () => Promise<(verb: Command) => Command>;
}

/** Every verb in the order of the help, one file each: adding one is adding its entry here. Only the verb that runs is loaded. */
export const VERBS: readonly Verb[] = [
  {
    name: 'demo',
    description: 'the whole tool offline: make a market, record it, seal it, verify it, trade it, report',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  {
    name: 'record',
    description: 'record every frame of the configured venues into a journal, through any night',
    load: async () => (await import('./commands/record.ts')).recordCommand,
  },
  {
    name: 'live',
    description: 'record, and trade on paper at the same time: the engine of replay on the growing journal',
    load: async () => (await import('./commands/live.ts')).liveCommand,
  },
  {
    name: 'serve',
    description: 'serve a tape or a synthetic market over the venues’ own protocols, with faults on demand',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  {
    name: 'config',
    description: 'check the configuration of a recording and print its plan',
    load: async () => (await import('./commands/config.ts')).configCommand,
  },
  {
    name: 'import',
    description: "bring other people's recordings into a journal, bytes and times exactly as they are",
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  {
    name: 'sessions',
    description: 'list the recorded sessions of the data folder',
    load: async () => (await import('./commands/sessions.ts')).sessionsCommand,
  },
  {
    name: 'inspect',
    description: 'the morning report of a tape: what was caught and what was not, volume and candle audits',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand,
  },
  {
    name: 'status',
    description: 'how the open sessions do: what came of each venue and when, gaps, the disk and how long it lasts',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    name: 'verify',
    description: 'check every byte of a session: journal, index, manifest, Parquet',
    load: async () => (await import('./commands/verify.ts')).verifyCommand,
  },
  {
    name: 'repair',
    description: 'bring an open or damaged session to its best readable state; keeps every byte it cuts',
    load: async () => (await import('./commands/repair.ts')).repairCommand,
  },
  {
    name: 'seal',
    description: 'write a closed session as Parquet, read it back and compare; removes nothing',
    load: async () => (await import('./commands/seal.ts')).sealCommand,
  },
  {
    name: 'cut',
    description: 'cut a time range and some symbols of a session into a small one that decodes the same',
    load: async () => (await import('./commands/cut.ts')).cutCommand,
  },
  {
    name: 'retention',
    description: 'copy closed sessions and remove journals that are due, only what was sealed, verified and copied',
    load: async () => (await import('./commands/retention.ts')).retentionCommand,
  },
  {
    name: 'replay',
    description: 'play sessions through a strategy, risk rules and a paper broker',
    load: async () => (await import('./commands/replay.ts')).replayCommand,
  },
  {
    name: 'golden',
    description: 'keep the decisions of a replay, and check that they are still the same',
    load: async () => (await import('./commands/golden.ts')).goldenCommand,
  },
  {
    name: 'parity',
    description: 'replay the session of a run and compare every decision',
    load: async () => (await import('./commands/parity.ts')).parityCommand,
  },
  {
    name: 'report',
    description: 'print the report of a run',
    load: async () => (await import('./commands/report.ts')).reportCommand,
  },
  {
    name: 'export',
    description: 'write a table of a tape: trades, quotes, books or candles',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  {
    name: 'doctor',
    description: 'look at machine, disk, clock, configuration, secrets, ports and leftovers, and say what to do',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'questdb',
    description: 'copy sessions to QuestDB (sync), write tables there (derive), or look at what is unsafe or missing (doctor)',
    load: async () => (await import('./commands/questdb.ts')).questdbCommand,
  },
];
