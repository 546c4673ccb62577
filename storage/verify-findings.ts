export type VerifyKind =
  | 'manifest-bad'
  | 'manifest-differs'
  | 'file-missing'
  | 'file-extra'
  | 'file-differs'
  | 'header-bad'
  | 'record-bad'
  | 'footer-bad'
  | 'index-bad'
  | 'extra-bytes'
  | 'torn-tail'
  | 'set-aside'
  | 'interrupted-write'
  | 'journal-removed';

/** One thing a check found: where, and what. */
export interface VerifyProblem {
  /** Path within the session's folder. */
  readonly file: string;
  /** The record that is missing or damaged, where it is known. */
  readonly sequence?: number;
  /** Byte in the file where the damage begins. */
  readonly offset?: number;
  readonly kind: VerifyKind;
  readonly message: string;
}

/** A flipped disk can damage every record: beyond this many, problems are counted and not kept. */
export const PROBLEMS_MAX = 10_000;

/** Collects problems and notes in the order they are found. */
export class VerifyFindings {
  readonly problems: VerifyProblem[] = [];
  readonly notes: VerifyProblem[] = [];
  problemsOmitted = 0;
  readonly #files = new Set<string>();

  problem(problem: VerifyProblem): void {
    this.#files.add(problem.file);
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem);
    else this.problemsOmitted += 1;
  }

  note(note: VerifyProblem): void {
    this.notes.push(note);
  }

  hasProblem(file: string): boolean {
    return this.#files.has(file);
  }
}
