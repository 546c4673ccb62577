import type { RecordingOptions } from '../record/recorder.ts';
import { callHttp } from './http.ts';
import { nodeCipher } from './node-cipher.ts';
import { openWebSocket } from './socket.ts';

/** What a recording reaches the world through: real sockets and calls, and chance for its waits. */
export const REAL_EDGES: Pick<RecordingOptions, 'random' | 'openSocket' | 'callHttp' | 'cipher'> = {
  random: Math.random,
  openSocket: openWebSocket,
  callHttp,
  cipher: nodeCipher,
};
