import { describe, expect, test } from 'vitest';
import { parseFaults } from '../../../replay/serve/fault-text.ts';
import type { FrameFault } from '../../../replay/serve/faults.ts';
import { damageFrame } from '../../../replay/serve/frame-damage.ts';
import { FrameFaults } from '../../../replay/serve/frame-faults.ts';
import { checkSeeds } from '../../seeds.ts';

/** Numbers of the first `frames` frames that a plan hits, by kind. */
function hitsOf(text: string, connection: number, frames: number): string[] {
  const faults = new FrameFaults(parseFaults(text), 'kis', connection);
  return Array.from({ length: frames }, (_, frame) => faults.next().map(({ fault }) => `${frame} ${fault.kind}`)).flat();
}

describe('which frames go wrong', () => {
  test('is decided by the seed, the connection and the number of the frame alone', () => {
    const plan = 'drop:0.05,duplicate:0.05,seed=7';
    expect(hitsOf(plan, 0, 2_000)).toEqual(hitsOf(plan, 0, 2_000));
    expect(hitsOf(plan, 0, 500)).toEqual(hitsOf(plan, 0, 2_000).filter((hit) => Number(hit.split(' ')[0]) < 500));
    expect(hitsOf(plan, 0, 2_000)).not.toEqual(hitsOf(plan, 1, 2_000));
    expect(hitsOf(plan, 0, 2_000)).not.toEqual(hitsOf('drop:0.05,duplicate:0.05,seed=8', 0, 2_000));
  });

  test('follows the probability', () => {
    checkSeeds(20, ({ seed }) => {
      const hits = hitsOf(`drop:0.1,seed=${seed}`, 0, 5_000).length;
      expect(hits).toBeGreaterThan(400);
      expect(hits).toBeLessThan(600);
    });
    expect(hitsOf('drop:0', 0, 1_000)).toEqual([]);
    expect(hitsOf('drop:1', 0, 1_000).length).toBe(1_000);
    expect(hitsOf('coincall/drop:1', 0, 1_000)).toEqual([]);
  });

  test('is the next ones once a fault was armed', () => {
    const faults = new FrameFaults(parseFaults(''), 'kis', 0);
    const [drop] = parseFaults('drop@1s:2').faults;
    expect(faults.next()).toEqual([]);
    faults.arm(drop as FrameFault);
    expect([faults.next().length, faults.next().length, faults.next().length]).toEqual([1, 1, 0]);
  });
});

describe('damage', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  test('raises the count of a KIS frame', () => {
    const damaged = damageFrame('wrong-count', bytes('0|H0STCNT0|003|005930^1^2'), 0, 0);
    expect(new TextDecoder().decode(damaged)).toBe('0|H0STCNT0|004|005930^1^2');
    expect(damageFrame('wrong-count', bytes('{"a":"1|2|3"}'), 0, 0)).toBeUndefined();
    expect(damageFrame('wrong-count', bytes('0|H0STCNT0|999|x'), 0, 0)).toBeUndefined();
    expect(damageFrame('wrong-count', bytes('0|H0STCNT0'), 0, 0)).toBeUndefined();
  });

  test('leaves the original as it is and says where it struck', () => {
    checkSeeds(200, (random) => {
      const text = JSON.stringify({ p: '61800.10', q: String(random.uint32()) });
      const original = bytes(text);
      const fraction = random.fraction();
      const malformed = damageFrame('malformed', original, fraction, 0)!;
      expect(() => JSON.parse(new TextDecoder().decode(malformed))).toThrow();
      const invalid = damageFrame('invalid-utf8', original, fraction, 0)!;
      expect(invalid.length).toBe(original.length);
      expect(() => new TextDecoder('utf-8', { fatal: true }).decode(invalid)).toThrow();
      const oversized = damageFrame('oversized', original, fraction, 5_000)!;
      expect(oversized.length).toBe(5_000);
      expect(JSON.parse(new TextDecoder().decode(oversized))).toEqual(JSON.parse(text));
      expect(new TextDecoder().decode(original)).toBe(text);
    });
  });
});
