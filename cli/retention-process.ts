import { runInBackground } from './background-verb.ts';
import { warn } from './output.ts';

/**
 * Runs `tapedeck retention` in a process of its own: reading hundreds of gigabytes back and hashing them must cost the recorder no time. What it does stands on its own
 * stderr; its failure is a line of the log and never the recorder's.
 */
export async function retentionInProcess(configFile: string, dataDir: string, signal: AbortSignal): Promise<void> {
  try {
    await runInBackground(['retention', configFile, '--data', dataDir], { signal, isHeard: true });
  } catch (error) {
    if (signal.aborted) return;
    warn(`${error instanceof Error ? error.message : String(error)}; run "tapedeck retention ${configFile}" to see why`);
  }
}
