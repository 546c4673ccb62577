import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Cipher } from '#venues';

/** The cryptography that protocols ask for, by `node:crypto`. */
export const nodeCipher: Cipher = {
  hmacSha256Hex: (secret, message) => createHmac('sha256', secret).update(message).digest('hex'),
  decryptAes256Cbc: (key, iv, base64) => {
    try {
      const decipher = createDecipheriv('aes-256-cbc', Buffer.from(key, 'utf8'), Buffer.from(iv, 'utf8'));
      return Buffer.concat([decipher.update(Buffer.from(base64, 'base64')), decipher.final()]).toString('utf8');
    } catch {
      // A wrong key, a cut text, a bad padding: what could not be read is journalled as it came.
      return undefined;
    }
  },
  encryptAes256Cbc: (key, iv, text) => {
    const cipher = createCipheriv('aes-256-cbc', Buffer.from(key, 'utf8'), Buffer.from(iv, 'utf8'));
    return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
  },
};
