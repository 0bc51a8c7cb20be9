/** Codes: which requests may be answered by one, and how people write them. */
import type { Channel, Settings } from './settings';

export const CODE_LENGTH = 8;

/** What the message of a channel carries. */
export function carried(config: Settings, channel: Channel): 'link' | 'code' | 'both' {
  return channel === 'email' ? config.emailStyle : 'code';
}

/** Whether a code may come: also by the channel that takes over. */
export function mayComeAsCode(config: Settings, channel: Channel): boolean {
  return carried(config, channel) !== 'link' || (config.fallbackChannel ?? 'email') !== 'email';
}

/** Returns the digits of what was typed or pasted, with spaces, hyphens or an Arabic or Japanese keyboard's digits. */
export function readCode(text: string): string {
  return text
    .replace(/[\u0660-\u0669\u06F0-\u06F9\uFF10-\uFF19]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replace(/[^0-9]/g, '');
}
