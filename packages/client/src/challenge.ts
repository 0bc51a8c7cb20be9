/**
 * Solves a challenge: keys are derived from a counter until one begins as it should (ALTCHA 2).
 * The browser's own cryptography does it beside the page's thread, so the page stays alive without a worker, whose
 * address the pages' policy (Trusted Types) would refuse.
 */
import type { Challenge } from './description.js';

export type { Challenge };
type Parameters = NonNullable<Challenge['parameters']>;

/** Derivations under way at once: a cheap phone has as many processors, or more. */
const ABREAST = 4;
/** Further than any challenge of ours goes. */
const LAST_COUNTER = 10_000;

/** The text to send with the request; null where this page cannot solve it, or need not any more. */
export async function solve({ parameters, signature }: Challenge, signal?: AbortSignal): Promise<string | null> {
  if (!parameters || !signature || !globalThis.crypto?.subtle) return null; // on an insecure origin there is none
  let found: { counter: number; derivedKey: string } | null = null;
  let next = 0;
  async function work(asked: Parameters) {
    while (!found && !signal?.aborted && next <= LAST_COUNTER) {
      const counter = next++;
      const derivedKey = await derive(asked, counter);
      if (derivedKey.startsWith(asked.keyPrefix)) found = { counter, derivedKey };
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, () => work(parameters)));
  return found && btoa(JSON.stringify({ challenge: { parameters, signature }, solution: found }));
}

async function derive(asked: Parameters, counter: number): Promise<string> {
  const nonce = bytes(asked.nonce);
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: bytes(asked.salt), iterations: asked.cost };
  return hex(new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, asked.keyLength * 8)));
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function hex(found: Uint8Array): string {
  return Array.from(found, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
