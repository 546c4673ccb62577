import { type TapedeckError, usageError } from '#domain';

/** One reason why a configuration cannot be recorded. */
export interface PlanProblem {
  /**
   * `SECRET_MISSING`, `SECRET_IN_CONFIG`, `VENUE_UNKNOWN`, `ENVIRONMENT_UNKNOWN`, `KEY_TWICE`, `CHANNEL_UNKNOWN`, `CHANNEL_REFUSED`,
   * `SUBSCRIPTION_TWICE`, `PLAN_TOO_LARGE`, `PLAN_EMPTY`, `POLL_UNKNOWN`, `POLL_TWICE`, `POLLS_TOO_FAST`, `CONFIG_INVALID`, `UNTIL_PAST`.
   */
  readonly code: string;
  /** What is wrong, where, and what to do. */
  readonly message: string;
}

/** One error for all of them; its code is theirs where they agree, else `PLAN_INVALID`. */
export function planError(problems: readonly PlanProblem[]): TapedeckError {
  const codes = new Set(problems.map(({ code }) => code));
  const code = codes.size === 1 ? problems[0]!.code : 'PLAN_INVALID';
  if (problems.length === 1) return usageError(code, problems[0]!.message);
  const lines = problems.map((problem) => `  ${problem.message} [${problem.code}]`);
  return usageError(code, [`this cannot be recorded, for ${problems.length} reasons:`, ...lines].join('\n'));
}
