import type { TapeRecord } from '#domain';
import type { RecordMeta } from './record-meta.ts';

/** What the records of the session itself say: its clock, its starts, its end, its disk. */
export class SessionLog {
  records = 0;
  firstNs: bigint | undefined;
  lastNs: bigint | undefined;
  backwardTimes = 0;
  backwardMaxUs = 0;
  restarts = 0;
  isClosed = false;
  isDiskLow = false;
  #previousUs = Number.NEGATIVE_INFINITY;

  onRecord(record: TapeRecord, receivedAtNs: bigint): void {
    this.records += 1;
    this.firstNs ??= receivedAtNs;
    this.lastNs = receivedAtNs;
    if (record.receivedAtUs < this.#previousUs) {
      this.backwardTimes += 1;
      this.backwardMaxUs = Math.max(this.backwardMaxUs, this.#previousUs - record.receivedAtUs);
    }
    this.#previousUs = record.receivedAtUs;
  }

  /** A record of the session: `note` or `session-close` without a venue. Says what the connections must know of it. */
  onSession(record: TapeRecord, meta: RecordMeta): 'restarted' | 'closed' | undefined {
    if (record.kind === 'session-close') {
      this.isClosed = true;
      return 'closed';
    }
    if (record.kind !== 'note') return undefined;
    if (meta.event === 'disk-low') this.isDiskLow = true;
    else if (meta.event === 'disk-back') this.isDiskLow = false;
    else if (meta.event === 'recorder-restarted') {
      this.restarts += 1;
      // A recorder looks at the disk anew, and tells again where it is still low.
      this.isDiskLow = false;
      return 'restarted';
    }
    return undefined;
  }
}
