import type { SqlRow } from './quest-http.ts';

/** `warning` works, but may hurt one day; `problem` is wrong now. */
export interface DoctorFinding {
  readonly level: 'warning' | 'problem';
  readonly what: string;
  /** What to do about it. */
  readonly advice: string;
}

/** A setting as the server says it. */
interface Setting {
  readonly value: string;
  readonly isDefault: boolean;
}

interface SettingRule {
  readonly name: string;
  readonly isBad: (setting: Setting) => boolean;
  readonly what: (setting: Setting) => string;
  readonly advice: string;
}

const MIB = 1024 * 1024;
/** The largest payload of a record, with room for its row: a cell above the buffer cannot be read. */
const SEND_BUFFER_BYTES_MIN = 64 * MIB;

const isOpenToAll = ({ value }: Setting) => value.startsWith('0.0.0.0:');
const openTo =
  (what: string) =>
  ({ value }: Setting) =>
    `${what} is open on every interface (${value})`;
const BIND_ADVICE = (variable: string) => `${variable}=127.0.0.1:PORT; in a container publish the port to 127.0.0.1 only`;

const RULES: readonly SettingRule[] = [
  { name: 'http.net.bind.to', isBad: isOpenToAll, what: openTo('the HTTP port'), advice: BIND_ADVICE('QDB_HTTP_NET_BIND_TO') },
  { name: 'pg.net.bind.to', isBad: isOpenToAll, what: openTo('the Postgres port'), advice: BIND_ADVICE('QDB_PG_NET_BIND_TO') },
  {
    name: 'pg.password',
    isBad: ({ isDefault }) => isDefault,
    what: () => 'the Postgres account has the password that everybody knows',
    advice: 'QDB_PG_PASSWORD=…, and TAPEDECK_QUESTDB_PG_PASSWORD here',
  },
  {
    name: 'http.user',
    isBad: ({ value }) => value === '',
    what: () => 'the HTTP port has no password: who reaches it may write and drop',
    advice: 'QDB_HTTP_USER=… and QDB_HTTP_PASSWORD=…, and TAPEDECK_QUESTDB_HTTP_USER and _PASSWORD here',
  },
  {
    name: 'cairo.commit.mode',
    isBad: ({ value }) => value === 'nosync',
    what: () => 'acknowledged rows may be lost in a power cut (cairo.commit.mode is nosync)',
    advice: 'QDB_CAIRO_COMMIT_MODE=sync; without it the next sync finds the loss and fills it',
  },
  {
    name: 'line.auto.create.new.tables',
    isBad: ({ value }) => value === 'true',
    what: () => 'a line for a table that is not there makes one, without keys',
    advice: 'QDB_LINE_AUTO_CREATE_NEW_TABLES=false',
  },
  {
    name: 'pg.send.buffer.size',
    isBad: ({ value }) => bytesOf(value) < SEND_BUFFER_BYTES_MIN,
    what: ({ value }) => `records above ${value} bytes cannot be read back (pg.send.buffer.size)`,
    advice: 'QDB_PG_SEND_BUFFER_SIZE=64M',
  },
];

/** What of `SHOW PARAMETERS` may hurt one day. */
export function settingFindings(rows: readonly SqlRow[]): readonly DoctorFinding[] {
  const settings = new Map(
    rows.map(([name, , value, source]) => [String(name), { value: String(value ?? ''), isDefault: source === 'default' }]),
  );
  return RULES.flatMap(({ name, isBad, what, advice }) => {
    const setting = settings.get(name);
    return setting !== undefined && isBad(setting) ? [{ level: 'warning' as const, what: what(setting), advice }] : [];
  });
}

/** `1048576`, `64M`, `1G`: as it was configured. */
function bytesOf(text: string): number {
  const [, digits = '0', unit = ''] = /^(\d+)([kmg]?)$/i.exec(text.trim()) ?? [];
  return Number(digits) * ({ k: 1024, m: MIB, g: 1024 * MIB }[unit.toLowerCase()] ?? 1);
}
