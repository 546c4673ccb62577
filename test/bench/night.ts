import { memoryHalves, nightFailures } from '../contract/night/night-verdict.ts';
import { LONG_NIGHT, SHORT_NIGHT } from '../contract/night/scripts.ts';
import { socketNight } from '../contract/night/socket-night.ts';
import { hardwareLines } from './hardware.ts';

// `npm run night [-- --short]`: a night over real sockets, 60 or more times as fast. Ends with 1 when it broke a promise.

const { script, losses } = process.argv.includes('--short') ? SHORT_NIGHT : LONG_NIGHT;
const end = await socketNight({
  ...script,
  onSample: ({ heapMb, externalMb, rssMb }, stderr) => {
    const at = stderr.trimEnd().split('\n').at(-1)?.slice(0, 120) ?? '';
    process.stderr.write(`heap ${heapMb.toFixed(1)} MB, external ${externalMb.toFixed(1)} MB, rss ${rssMb.toFixed(0)} MB; ${at}\n`);
  },
});
const failures = nightFailures(end, script, losses);
const { kept, memory, sessions } = end;
const halves = (what: string, { first, second, ratio }: ReturnType<typeof memoryHalves>) =>
  `${what} ${first.toFixed(1)} MB in the first half, ${second.toFixed(1)} MB in the second: ${ratio.toFixed(3)}`;
const lines = [
  ...hardwareLines().slice(0, 3),
  `${((script.endMs - script.startMs) / 3_600_000).toFixed(1)} h of market at ${script.scale} times in ${Math.round(end.elapsedMs / 1_000)} s; ${sessions.length} sessions`,
  `${kept.frames} frames on the tapes, every one sent once and in order, ${kept.inFlight} in flight when a connection broke`,
  `${kept.losses.length} losses and ${kept.gaps} gaps; ${end.injected.length} faults: ${[...new Set(end.injected)].join(', ')}`,
  `token of KIS: ${end.tokenEnds} ends; REST: ${kept.answered} answers, ${kept.rateLimited} times EGW00201`,
  `halts: ${kept.channels.get('H0STMKO0') ?? 0} of KIS, ${kept.channels.get('1h') ?? 0} of Kiwoom`,
  halves(
    'heap',
    memoryHalves(memory, ({ heapMb }) => heapMb),
  ),
  halves(
    'process',
    memoryHalves(memory, ({ rssMb }) => rssMb),
  ),
  ...failures.map((failure) => `BROKEN: ${failure}`),
];
for (const line of lines) process.stdout.write(`${line}\n`);
if (failures.length > 0) {
  process.stdout.write(`${kept.losses.join('\n')}\n${end.recorder.stderr.slice(-4_000)}\n`);
  process.exitCode = 1;
}
