import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { EventRegister, type Instrument, SymbolTable, type Tape, TapeRecord } from '#domain';
import { createTapeDecoder, VENUES } from '#venues';
import type { RunningServer } from '../../replay/serve/server.ts';

/** What the tape's own masters say of each symbol, the last word of each, by `venue symbol`. */
export async function instrumentsOf(tape: Tape): Promise<ReadonlyMap<string, Instrument>> {
  const instruments = new Map<string, Instrument>();
  const symbols = new SymbolTable();
  const register = new EventRegister({
    onEvent: () => undefined,
    onDecodeFailure: () => undefined,
    onUndecoded: () => undefined,
    onDrift: () => undefined,
    onInstrument: (symbol, instrument) => {
      const { venue, symbol: name } = symbols.name(symbol);
      instruments.set(`${venue} ${name}`, instrument);
    },
  });
  const decoder = createTapeDecoder(VENUES, register, symbols);
  const record = new TapeRecord();
  for await (const batch of tape.batches()) while (batch.next(record)) decoder.decode(record);
  return instruments;
}

/** Digests of the frames of one connection, a list for each time it was connected. */
export async function framesByConnect(tape: Tape, venue: string, connection: string): Promise<readonly (readonly string[])[]> {
  const connects: string[][] = [];
  const record = new TapeRecord();
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      if (record.venue !== venue || record.connection !== connection) continue;
      if (record.kind === 'connected') connects.push([]);
      if (record.kind === 'frame-in') connects.at(-1)!.push(createHash('sha256').update(record.payload()).digest('hex'));
    }
  }
  return connects;
}

/** Frames that the connections of this venue's path were sent so far, by connection. */
export function framesSent(server: RunningServer, venue: string, path: string): readonly number[] {
  return connectionsOf(server, venue, path).map(({ frames }) => frames);
}

/**
 * What was kept of each connection is what it was sent, byte for byte and in order. Only what was in flight at its end may be missing: `atLeast` frames
 * of each must be there.
 */
export function expectServed(
  server: RunningServer,
  venue: string,
  path: string,
  kept: readonly (readonly string[])[],
  atLeast: readonly number[],
): void {
  const sent = connectionsOf(server, venue, path);
  expect(kept.length).toBe(sent.length);
  for (const [i, frames] of kept.entries()) {
    expect(frames).toEqual(sent[i]!.frameDigests.slice(0, frames.length));
    expect(frames.length).toBeGreaterThanOrEqual(atLeast[i] ?? 0);
  }
}

function connectionsOf(server: RunningServer, venue: string, path: string) {
  return server.served(venue).filter((connection) => connection.path === path);
}
