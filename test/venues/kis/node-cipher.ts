import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Cipher } from '../../../venues/protocol.ts';

/** The cryptography that a pure folder is handed by its caller. */
export const nodeCipher: Cipher = {
  hmacSha256Hex: (secret, message) => createHmac('sha256', secret).update(message, 'utf8').digest('hex'),
  decryptAes256Cbc(key, iv, base64) {
    try {
      const decipher = createDecipheriv('aes-256-cbc', Buffer.from(key, 'utf8'), Buffer.from(iv, 'utf8'));
      return Buffer.concat([decipher.update(base64, 'base64'), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  },
  encryptAes256Cbc(key, iv, text) {
    const cipher = createCipheriv('aes-256-cbc', Buffer.from(key, 'utf8'), Buffer.from(iv, 'utf8'));
    return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
  },
};
