import { createInterface } from 'node:readline';
import { isoNanoseconds, parseIsoNanoseconds, TapedeckError, usageError } from '#domain';
import type { FeedSpeed, FeedTarget, RunningServer } from '#replay';
import { decimalNumber } from './options.ts';
import { warn } from './output.ts';

const COMMANDS = 'pause, resume, speed <n|max>, seek <sequence|time>, status';

/** Reads commands from standard input while a server runs; returns what ends that. A wrong line is answered and changes nothing. */
export function openServeConsole(server: RunningServer): () => void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    obey(server, line.trim()).catch((error: unknown) => {
      if (error instanceof TapedeckError) warn(error.message);
      else throw error;
    });
  });
  return () => {
    lines.close();
    process.stdin.pause();
  };
}

async function obey(server: RunningServer, line: string): Promise<void> {
  const [word = '', ...rest] = line.split(/\s+/);
  switch (word) {
    case '':
      return;
    case 'pause':
      server.pause();
      break;
    case 'resume':
      server.resume();
      break;
    case 'speed':
      server.setSpeed(parseSpeed(rest[0]));
      break;
    case 'seek':
      await server.seek(parseTarget(rest[0] ?? ''));
      break;
    case 'status':
      break;
    default:
      throw usageError('SERVE_COMMAND', `"${word}" is no command; there are ${COMMANDS}`);
  }
  warn(statusText(server));
}

/** `max`, or tape seconds in a second. */
export function parseSpeed(text: string | undefined): FeedSpeed {
  if (text === 'max') return 'max';
  const speed = decimalNumber(text ?? '');
  if (!(speed > 0 && Number.isFinite(speed))) throw usageError('SERVE_SPEED', `speed ${text ?? ''}: must be a number above 0, or max`);
  return speed;
}

/** A record's sequence, or a time in ISO 8601. */
export function parseTarget(text: string): FeedTarget {
  if (/^\d+$/.test(text)) return { kind: 'sequence', sequence: Number(text) };
  const timeNs = parseIsoNanoseconds(text, 0);
  if (timeNs === undefined) throw usageError('SERVE_SEEK', `seek ${text}: must be a sequence or a time such as 2026-11-20T09:00:00+09:00`);
  return { kind: 'time', timeUs: Number(timeNs / 1_000n) };
}

function statusText(server: RunningServer): string {
  const { sequence, timeUs, isPaused, isAtEnd } = server.position;
  const state = isAtEnd ? 'at the end' : isPaused ? 'paused' : 'playing';
  const time = Number.isFinite(timeUs) ? `, ${isoNanoseconds(BigInt(timeUs) * 1_000n)}` : '';
  return `${state}, record ${sequence}${time}`;
}
