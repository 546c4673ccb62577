import { type ChildProcess, execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Received, ReceiveOrder, SendOrder } from './record-case.ts';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const REGISTER = new URL('./register.mjs', import.meta.url).href;
const run = promisify(execFile);

/** A sender in a process of its own, and the port it listens on. */
async function startSender(order: SendOrder): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const script = fileURLToPath(new URL('./record-sender.ts', import.meta.url));
  const child = fork(script, [JSON.stringify(order)], { execArgv: ['--import', REGISTER] });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { readonly port: number }).port));
    child.once('exit', (code) => reject(new Error(`the sender ended with ${code}`)));
  });
  return { child, port };
}

/** One run: a sender and a receiver, each a process. */
export async function receive(send: SendOrder, order: Omit<ReceiveOrder, 'port' | 'frames'>): Promise<Received> {
  const { child, port } = await startSender(send);
  try {
    const script = fileURLToPath(new URL('./record-receiver.ts', import.meta.url));
    const words = JSON.stringify({ ...order, port, frames: send.frames } satisfies ReceiveOrder);
    const { stdout } = await run(process.execPath, ['--import', REGISTER, script, words], { maxBuffer: OUTPUT_BYTES_MAX });
    return JSON.parse(stdout) as Received;
  } finally {
    child.disconnect();
  }
}
