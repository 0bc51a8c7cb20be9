/** The token of this browser's latest sign-in: no credential. It lets a sign-in through while strangers guess. */
const NAME = 'deviceToken';

export function knownDevice(): string | undefined {
  try {
    return localStorage.getItem(NAME) ?? undefined;
  } catch {
    return undefined; // storage may be turned off, and then no device is known
  }
}

export function rememberDevice(token: string): void {
  try {
    localStorage.setItem(NAME, token);
  } catch {
    // The same; signing in does not depend on it.
  }
}
