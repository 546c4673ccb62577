import { expect, test } from 'vitest';
import { checkSeedsAsync, type Random } from '../seeds.ts';
import { SCENARIOS } from '../simulation/fault-scenarios.ts';
import { liveNight, type Night } from './live-night.ts';

const SEEDS = 50;
const FAULTS = ['cut', 'close', 'drop', 'duplicate', 'malformed', 'invalid-utf8', 'burst'] as const;

/** A venue, up to three faults and up to two deaths. */
function nightOf(random: Random): Night {
  const scenario = SCENARIOS[(random.seed - 1) % SCENARIOS.length]!;
  const faults = Array.from({ length: random.integer(1, 3) }, () => {
    const kind = random.pick(FAULTS);
    const at = `@#${random.integer(20, 300)}`;
    switch (kind) {
      case 'close':
        return `${kind}${at}:${random.pick(['1000', '1001', '1006', '1011'])}`;
      case 'cut':
        return `${kind}${at}`;
      case 'burst':
        return `${kind}${at}:${random.integer(50, 300)}`;
      default:
        return `${kind}${at}:${random.integer(1, 10)}`;
    }
  });
  const lives = Array.from({ length: random.integer(1, 3) }, () => random.integer(40, 160));
  return { scenario, faults: `${faults.join(',')},seed=${random.seed}`, lives };
}

test('live against a server with faults, dying and coming back in mid-session, decides what a replay of its session decides', async () => {
  let decisions = 0;
  let restarts = 0;
  let injected = 0;
  await checkSeedsAsync(SEEDS, async (random) => {
    const night = nightOf(random);
    const { report, live, ...end } = await liveNight(night, random);
    expect({ isSame: report.isSame, difference: report.difference, causes: report.causes }, night.faults).toEqual({
      isSame: true,
      difference: undefined,
      causes: [],
    });
    expect(live.isFinished).toBe(true);
    expect(live.records).toBe(end.recorded.records);
    expect(report.audits).toEqual({ run: live.audits, replay: live.audits });
    expect(report.decisions).toBeGreaterThan(0);
    decisions += report.decisions;
    restarts += night.lives.length - 1;
    injected += end.injected;
  });
  // A check of nothing would pass too.
  process.stdout.write(`${SEEDS} seeds: ${decisions} decisions, ${restarts} restarts, ${injected} faults\n`);
  if (process.env.TAPEDECK_SEED === undefined)
    expect({ restarts: restarts > 20, injected: injected > 30 }).toEqual({ restarts: true, injected: true });
});
