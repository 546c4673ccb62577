import { expect, test } from 'vitest';
import { assert, assertNever } from '../../domain/assert.ts';
import { integrityError, TapedeckError, usageError } from '../../domain/failure.ts';

test('a failure carries a stable code, the exit code of its kind, and its cause', () => {
  const cause = new Error('disk');
  expect(usageError('NAME_UNKNOWN', 'no such name')).toMatchObject({ code: 'NAME_UNKNOWN', exitCode: 2, name: 'TapedeckError' });
  expect(integrityError('BYTES_CHANGED', 'torn', cause)).toMatchObject({ code: 'BYTES_CHANGED', exitCode: 3, cause });
  expect(new TapedeckError('DISK_FULL', 'full')).toMatchObject({ exitCode: 1, message: 'full' });
  expect(Object.hasOwn(new TapedeckError('DISK_FULL', 'full'), 'cause')).toBe(false);
});

test('a broken rule stops the program with the rule in its message', () => {
  expect(() => assert(true, 'x')).not.toThrow();
  expect(() => assert(0, 'sequence must rise')).toThrow('bug: sequence must rise');
  expect(() => assertNever({ kind: 'new' } as never)).toThrow('bug: unexpected variant {"kind":"new"}');
});
