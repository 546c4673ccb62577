import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../seeds.ts';

/** Every file below a folder with its bytes, by path within it. */
export function filesIn(folder: string): Map<string, Buffer> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(names.filter((name) => statSync(join(folder, name)).isFile()).map((name) => [name, readFileSync(join(folder, name))]));
}

/** Does one of the things that disks and people do to a file, and says which. */
export function damageFile(random: Random, path: string): string {
  const bytes = readFileSync(path);
  const kind = random.pick(['flip', 'flips', 'truncate', 'zero', 'delete', 'append'] as const);
  switch (kind) {
    case 'flip':
      flip(random, bytes);
      break;
    case 'flips':
      for (let i = random.integer(2, 12); i > 0; i--) flip(random, bytes);
      break;
    case 'truncate':
      writeFileSync(path, bytes.subarray(0, random.integer(0, bytes.length - 1)));
      return `truncate ${path}`;
    case 'zero': {
      const start = random.integer(0, bytes.length - 1);
      bytes.fill(0, start, Math.min(bytes.length, start + random.integer(1, 512)));
      break;
    }
    case 'append':
      writeFileSync(path, Buffer.concat([bytes, random.bytes(random.integer(1, 200))]));
      return `append ${path}`;
    case 'delete':
      rmSync(path);
      return `delete ${path}`;
  }
  writeFileSync(path, bytes);
  return `${kind} ${path}`;
}

function flip(random: Random, bytes: Buffer): void {
  bytes[random.integer(0, bytes.length - 1)]! ^= 1 << random.integer(0, 7);
}
