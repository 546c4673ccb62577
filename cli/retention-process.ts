import { spawn } from 'node:child_process';
import { warn } from './output.ts';

/**
 * Runs `tapedeck retention` in a process of its own: reading hundreds of gigabytes back and hashing them must cost the recorder no time. What it does stands on its own
 * stderr; its failure is a line of the log and never the recorder's.
 */
export function retentionInProcess(configFile: string, dataDir: string, signal: AbortSignal): Promise<void> {
  const words = [...process.execArgv, process.argv[1]!, 'retention', configFile, '--data', dataDir];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'], signal, killSignal: 'SIGTERM' });
    child.on('error', (error) => {
      if (!signal.aborted) warn(`retention could not be started: ${error.message}`);
      resolve();
    });
    child.on('exit', (code) => {
      if (code !== 0 && !signal.aborted) warn(`retention ended with ${code}: run "tapedeck retention ${configFile}" to see why`);
      resolve();
    });
  });
}
