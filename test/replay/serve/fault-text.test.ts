import { describe, expect, test } from 'vitest';
import { FAULT_KINDS, parseFaults } from '../../../replay/serve/fault-text.ts';

describe('the text of a fault plan', () => {
  test('names faults with their moments, amounts and the seed', () => {
    expect(parseFaults('cut@30s,stall@45s:20s,drop:0.01,seed=7')).toEqual({
      seed: 7,
      faults: [
        { group: 'connection', kind: 'cut', when: { kind: 'time', atMs: 30_000 }, amount: 0 },
        { group: 'connection', kind: 'stall', when: { kind: 'time', atMs: 45_000 }, amount: 20_000 },
        { group: 'frame', kind: 'drop', when: { kind: 'chance', probability: 0.01 }, frames: 1, amount: 0 },
      ],
    });
  });

  test.each([
    ['drop@#500:50', { group: 'frame', kind: 'drop', when: { kind: 'frames', count: 500 }, frames: 50, amount: 0 }],
    ['delay:0.5:200ms', { group: 'frame', kind: 'delay', when: { kind: 'chance', probability: 0.5 }, frames: 1, amount: 200 }],
    ['delay@2m:1s', { group: 'frame', kind: 'delay', when: { kind: 'time', atMs: 120_000 }, frames: 1, amount: 1_000 }],
    ['oversized@30s:64KiB', { group: 'frame', kind: 'oversized', when: { kind: 'time', atMs: 30_000 }, frames: 1, amount: 65_536 }],
    ['oversized:1', { group: 'frame', kind: 'oversized', when: { kind: 'chance', probability: 1 }, frames: 1, amount: 33_554_432 }],
    ['close@0:1012', { group: 'connection', kind: 'close', when: { kind: 'time', atMs: 0 }, amount: 1012 }],
    ['close@1s', { group: 'connection', kind: 'close', when: { kind: 'time', atMs: 1_000 }, amount: 1001 }],
    ['kis/kick@1s', { group: 'connection', kind: 'kick', venue: 'kis', when: { kind: 'time', atMs: 1_000 }, amount: 0 }],
    ['refuse-login', { group: 'window', kind: 'refuse-login', when: { kind: 'time', atMs: 0 }, durationMs: Number.POSITIVE_INFINITY }],
    ['silent@30s:1m', { group: 'window', kind: 'silent', when: { kind: 'time', atMs: 30_000 }, durationMs: 60_000 }],
    ['burst@30s:5000', { group: 'feed', kind: 'burst', when: { kind: 'time', atMs: 30_000 }, frames: 5_000 }],
  ])('%s', (text, fault) => {
    expect(parseFaults(text).faults).toEqual([fault]);
  });

  test('takes the seed from outside unless it names one, and may be empty', () => {
    expect(parseFaults('', 5)).toEqual({ seed: 5, faults: [] });
    expect(parseFaults(' seed=6 , ', 5)).toEqual({ seed: 6, faults: [] });
  });

  test.each([
    ['explode@3s', 'a fault is one of'],
    ['cut', 'it needs a moment; write for example cut@30s'],
    ['cut@30s:4', 'it says too much'],
    ['cut@soon', 'is no duration'],
    ['cut@#many', 'counts no frames'],
    ['stall@45s', 'it needs how long; write for example stall@45s:20s'],
    ['delay:0.1', 'it needs how long'],
    ['drop', 'a probability from 0 to 1 or a moment'],
    ['drop:2', 'a probability from 0 to 1 or a moment'],
    ['drop@3s:0', 'must be a number of frames'],
    ['oversized@3s:9GiB', 'must be a size up to 256MiB'],
    ['close@3s:1005', 'is no close code that can be sent'],
    ['silent@3s:1m:2', 'it says too much'],
    ['seed=x', 'the seed must be a whole number'],
  ])('%s is refused with what to write instead', (text, message) => {
    expect(() => parseFaults(text)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/INVALID/), exitCode: 2, message: expect.stringContaining(message) }),
    );
  });

  test('knows every kind of fault that the documentation lists', () => {
    expect([...FAULT_KINDS].sort()).toEqual([
      'burst',
      'close',
      'cut',
      'delay',
      'drop',
      'duplicate',
      'invalid-utf8',
      'kick',
      'malformed',
      'mute-heartbeat',
      'oversized',
      'refuse-login',
      'silent',
      'stall',
      'wrong-count',
    ]);
  });
});
