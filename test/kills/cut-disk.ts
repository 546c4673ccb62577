import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const IMAGE_BYTES = 2 * 1024 ** 3;
/** What a file whose data was not synced may hold after a cut differs with these: its old length, or its new one without the bytes. */
export const JOURNAL_MODES = ['ordered', 'writeback', 'journal'] as const;
export type JournalMode = (typeof JOURNAL_MODES)[number];
/** `EXT4_IOC_SHUTDOWN` of Linux's `fs/ext4/ext4.h`, and the flag that leaves the journal in memory where it is. */
const SHUTDOWN = 'my $flags = pack("I", 2); ioctl($disk, 0x8004587d, $flags) or die "ioctl: $!"';

/**
 * A real ext4 file system in an image of its own, whose power can be cut under whoever writes to it: from one moment on nothing reaches the device
 * any more, neither data nor the file system's own journal, and what only the page cache had is gone. This is how the file systems of Linux are
 * tested themselves (`godown` of xfstests).
 */
export class CutDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #image: string;
  readonly #mode: JournalMode;

  private constructor(folder: string, mode: JournalMode) {
    this.path = join(folder, 'disk');
    this.#image = join(folder, 'disk.img');
    this.#mode = mode;
  }

  /** Why there can be none here; `undefined` where there can. */
  static reasonAgainst(folder: string): string | undefined {
    try {
      const disk = new CutDisk(folder, 'ordered').#make();
      disk.cut();
      disk.unmount();
      rmSync(disk.#image);
      rmSync(disk.path, { recursive: true });
      return undefined;
    } catch (error) {
      return `no ext4 image can be mounted and shut down here (it takes root, loop devices, mkfs.ext4 and perl): ${(error as Error).message}`;
    }
  }

  static create(folder: string, mode: JournalMode): CutDisk {
    return new CutDisk(folder, mode).#make();
  }

  #make(): this {
    mkdirSync(this.path);
    writeFileSync(this.#image, '');
    truncateSync(this.#image, IMAGE_BYTES);
    run('mkfs.ext4', ['-q', '-F', this.#image]);
    this.#mount();
    return this;
  }

  /** Cuts the power. Whoever writes after this gets errors. */
  cut(): void {
    run('perl', ['-e', `open(my $disk, "<", $ARGV[0]) or die "open: $!"; ${SHUTDOWN}`, this.path]);
  }

  /** The next boot: nobody may have a file open any more. */
  restore(): void {
    run('umount', [this.path]);
    this.#mount();
  }

  /** The image stays, for whoever wants to look what is on it. */
  unmount(): void {
    run('umount', ['-l', this.path]);
  }

  #mount(): void {
    run('mount', ['-t', 'ext4', '-o', `loop,data=${this.#mode}`, this.#image, this.path]);
  }
}

function run(command: string, words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr.trim()}`);
}
