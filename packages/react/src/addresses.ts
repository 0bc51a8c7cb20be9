/** Email addresses as they are typed and pasted. */

/** What nobody sees: format and control characters, joiners, variation selectors, the Hangul blank. */
const INVISIBLE = /[\p{Cf}\p{Cc}\u034f\u3164\ufe00-\ufe0f]/gu;
/** An East Asian keyboard's letters, digits and signs, `＠` and `．` among them. */
const FULL_WIDTH = /[\uff01-\uff5e]/g;

/** Returns an address without what is invisible, in the characters that addresses are made of. */
export function cleanAddress(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(FULL_WIDTH, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0))
    .replace(/[\u3002\uff61](?=[^@]*$)/g, '.') // the ideographic full stop, in a domain
    .replace(/\ufe6b/g, '@') // the small one
    .trim();
}

export type AddressError = 'email.missing' | 'email.malformed' | 'email.unreachable';

/** Returns what is wrong with a clean address, as far as that can be told here. */
export function addressError(address: string): AddressError | null {
  if (!address) return 'email.missing';
  if (!/^[^\s@]+@[^\s@]+$/.test(address)) return 'email.malformed';
  // No provider that we use delivers there: domains alone may have letters beyond ASCII.
  return /[^\x00-\x7f].*@/.test(address) ? 'email.unreachable' : null;
}
