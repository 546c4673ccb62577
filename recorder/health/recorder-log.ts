import { join } from 'node:path';
import { pino } from 'pino';
import type { Clock } from '#domain';
import { RotatedLog } from './rotated-log.ts';
import { SecretMask } from './secret-mask.ts';

/** What a recording says, for people on stderr and for programs in a file. It never throws and never waits. */
export interface RecorderLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Resolves when everything said is in the file, or is known not to get there. */
  flush(): Promise<void>;
}

export type LogFields = Readonly<Record<string, unknown>>;

export interface RecorderLogOptions {
  /** The log is `<dataDir>/logs/recorder.jsonl`, older ones are `recorder.1.jsonl` and so on. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** Values that must never be written: credentials, addresses of webhooks. */
  readonly secrets: readonly string[];
  /** A file is closed at this size. */
  readonly fileBytesMax: number;
  /** One line for a person. */
  readonly show: (text: string) => void;
  /** On every line of the file. */
  readonly base?: LogFields;
}

/** Names that hold secrets in objects somebody may hand to the log. */
const SECRET_PATHS = [
  'appKey',
  'appSecret',
  'secretKey',
  'apiKey',
  'apiSecret',
  'token',
  'authorization',
  'approvalKey',
  'htsId',
  'password',
];

/** Lines of JSON by pino, in files that are rotated by size; the same in short on stderr. Secrets are masked by name and by value. */
export function openRecorderLog({ dataDir, clock, secrets, fileBytesMax, show, base = {} }: RecorderLogOptions): RecorderLog {
  const mask = new SecretMask(secrets);
  const file = new RotatedLog({ folder: join(dataDir, 'logs'), name: 'recorder', fileBytesMax, warn: (text) => show(mask.masked(text)) });
  const nowMs = () => Number(clock.wallNs() / 1_000_000n);
  const logger = pino(
    {
      base: { ...base, pid: process.pid },
      timestamp: () => `,"time":"${new Date(nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[masked]' },
    },
    { write: (line: string) => file.write(mask.masked(line)) },
  );
  const say = (level: 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) => {
    logger[level](fields ?? {}, message);
    show(mask.masked(`${new Date(nowMs()).toISOString()} ${message}`));
  };
  return { info: say('info'), warn: say('warn'), error: say('error'), flush: () => file.flush() };
}
