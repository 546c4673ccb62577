import { type EventSink, SymbolTable, TapeRecord } from '#domain';
import type { Decoder, Venue } from '../../venues/venue.ts';
import { median } from './measure.ts';
import { SummingSink } from './summing-sink.ts';

/** Frames of one channel, as its venue would send them in a busy minute. */
export interface DecodeCase {
  readonly channel: string;
  readonly venue: Venue;
  readonly frames: readonly Uint8Array[];
}

/** The production decoders of one venue beside the usual way to read the same frames. */
export interface DecodeBench {
  /** What the usual way is called. */
  readonly peer: string;
  /** It says the same as the production decoder, in the same order. */
  createPeer(venue: Venue, sink: EventSink, symbols: SymbolTable): Decoder;
  /** When the frames were received, microseconds. */
  readonly receivedAtUs: number;
  readonly cases: readonly DecodeCase[];
}

/** One channel in one process; times are processor time a frame. */
export interface DecodeResult {
  readonly channel: string;
  readonly peer: string;
  /** Mean length of a frame. */
  readonly bytes: number;
  readonly oursNs: number;
  readonly peerNs: number;
  /** What looking for secrets costs before the append; none where the venue has none. */
  readonly redactNs?: number;
}

/** Passes over all channels before the clock counts: V8 has then seen them mixed, as in a recorder. */
const WARMING_PASSES = 4;
const PASSES = 7;

/** Measures all channels in turn, pass after pass, each with fresh decoders. Throws where the two do not say the same. */
export function measureDecoders(bench: DecodeBench): readonly DecodeResult[] {
  const timings = bench.cases.map(() => ({ ours: [] as number[], peer: [] as number[], redact: [] as number[] }));
  for (let pass = 0; pass < WARMING_PASSES + PASSES; pass++) {
    bench.cases.forEach((one, index) => {
      const { ours, peer, redact } = timings[index]!;
      const [said, wanted] = [new SummingSink(), new SummingSink()];
      ours.push(nanosecondsAFrame(bench, one, decoding(one.venue.createDecoder(said, new SymbolTable()))));
      peer.push(nanosecondsAFrame(bench, one, decoding(bench.createPeer(one.venue, wanted, new SymbolTable()))));
      checkSame(one.channel, said, wanted);
      const find = one.venue.redact;
      if (find !== undefined) redact.push(nanosecondsAFrame(bench, one, (record) => find(record.bytes, 'frame-in')));
    });
  }
  return bench.cases.map(({ channel, frames }, index) => {
    const { ours, peer, redact } = timings[index]!;
    const bytes = Math.round(frames.reduce((sum, frame) => sum + frame.length, 0) / frames.length);
    const result = { channel, peer: bench.peer, bytes, oursNs: settled(ours), peerNs: settled(peer) };
    return redact.length === 0 ? result : { ...result, redactNs: settled(redact) };
  });
}

function decoding(decoder: Decoder): (record: TapeRecord) => void {
  return (record) => decoder.decode(record);
}

function settled(times: readonly number[]): number {
  return median(times.slice(WARMING_PASSES));
}

function checkSame(channel: string, said: SummingSink, wanted: SummingSink): void {
  const words = ({ events, sum, bad }: SummingSink): string => `${events} events with the sum ${sum} and ${bad} failures or notes`;
  if (said.events > 0 && said.events === wanted.events && said.sum === wanted.sum && said.bad === 0) return;
  throw new Error(`${channel}: ${words(said)}; the other way ${words(wanted)}`);
}

/** Processor time, not time of day: other programs of the machine do not count, the helper threads of V8 do. */
function nanosecondsAFrame({ receivedAtUs }: DecodeBench, { frames, venue }: DecodeCase, work: (record: TapeRecord) => void): number {
  const record = new TapeRecord();
  record.kind = 'frame-in';
  record.venue = venue.id;
  record.setTimesNs(BigInt(receivedAtUs) * 1000n, 0n);
  const before = process.cpuUsage();
  for (const bytes of frames) {
    record.bytes = bytes;
    record.end = bytes.length;
    work(record);
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / frames.length;
}
