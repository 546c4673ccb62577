import type { NightScript } from './socket-night.ts';

/** A script and the losses that its faults make. */
export interface Night {
  readonly script: NightScript;
  readonly losses: readonly RegExp[];
}

/** A time of day in Korea on Friday 2026-11-20, or so many days later. */
function korea(hours: number, minutes: number, days = 0): number {
  return Date.UTC(2026, 10, 20 + days, hours - 9, minutes);
}

const LOSSES = [/^kis: .*1006/, /^kiwoom: .*1011/, /^kis: silent for/, /^kis: OPSP8996/, /^kiwoom: .*1006/];

/** Two windows around the opening of the night session, in two minutes. */
export const SHORT_NIGHT: Night = {
  script: {
    startMs: korea(16, 48),
    tokensMs: korea(18, 22, -1),
    windows: [
      { start: '16:50', stop: '17:40' },
      { start: '17:42', stop: '18:40' },
    ],
    endMs: korea(18, 43),
    faults:
      'drop:0.001,kis/cut@10m,kiwoom/close@16m:1011,kis/stall@22m:200s,kis/kick@60m,kiwoom/cut@70m,kis/cut@80m,kis/refuse-login@79m:3m,seed=7',
    scale: 60,
    sampleEveryMs: 3_000,
  },
  losses: LOSSES,
};

/** From the opening to the morning after, the day and the night session, in eleven minutes. */
export const LONG_NIGHT: Night = {
  script: {
    startMs: korea(7, 55),
    tokensMs: korea(19, 30, -1),
    windows: [
      { start: '08:00', stop: '17:30' },
      { start: '17:50', stop: '06:10' },
    ],
    endMs: korea(6, 15, 1),
    faults:
      'drop:0.001,kis/cut@1h,kiwoom/close@2h:1011,kis/stall@3h:200s,kiwoom/cut@5h,kis/kick@7h,kis/close@11h:1001,kiwoom/cut@690m,kis/cut@14h,kis/refuse-login@14h:5m,kis/stall@17h:200s,kis/kick@19h,kiwoom/close@20h:1012,seed=7',
    scale: 120,
    sampleEveryMs: 10_000,
  },
  losses: LOSSES,
};
