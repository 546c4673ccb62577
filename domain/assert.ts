/** Stops on a bug: a rule of this code was broken, so nothing after it can be trusted. State the rule, then what was found. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}

/** Makes the compiler prove that a `switch` names every variant. */
export function assertNever(value: never): never {
  throw new Error(`bug: unexpected variant ${JSON.stringify(value)}`);
}
