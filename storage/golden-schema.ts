import { z } from 'zod';
import type { JsonValue } from '#domain';

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const json: z.ZodType<JsonValue> = z.json();
const members = z.record(z.string(), json);

const goldenText = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1),
  /** In merge order: the session's name in the data folder, and what its tape was. */
  tapes: z.array(z.strictObject({ session: z.string(), digest: sha256 })).min(1),
  strategy: z.strictObject({
    /** Name of a built-in strategy, or the path of its file from the folder of the golden, with `/` between folders. */
    from: z.string(),
    name: z.string(),
    sourceHash: z.string(),
    parameters: members,
  }),
  /** As they were given: what was not given has the default of the version that replays. */
  options: z.strictObject({
    candles: z.array(z.string()),
    latenessUs: count.optional(),
    models: members,
    risk: members,
    startMinor: z.record(z.string(), z.int()),
  }),
  /** As they came out, with every default: what the run hash is made of. */
  settings: members,
  runHash: sha256,
  counts: z.record(z.string(), count),
  /** Lines of the audits beside this file. */
  audits: count,
});

/** What `NAME.json` says of a kept replay. Its audits and the fingerprints of its records are in files beside it. */
export type Golden = Readonly<z.infer<typeof goldenText>>;

/** Reads the text of `NAME.json`, or says what is wrong with it. */
export function parseGolden(text: string): Golden | string {
  const parsed = goldenText.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'it has the wrong shape'}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON is no golden
  }
}
