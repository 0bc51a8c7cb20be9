import { afterEach, expect, test, vi } from 'vitest';
import { take } from './useLinkToken';

afterEach(() => vi.unstubAllGlobals());

const FIRST = 'first'.padEnd(43, '_');
const SECOND = 'second'.padEnd(43, '_');

function open(hash: string): string[] {
  const addresses: string[] = [];
  const location = { origin: 'https://www.example.com', pathname: '/reset-password', search: '', hash, href: `https://www.example.com/reset-password${hash}` };
  const replaceState = (_: unknown, __: string, address: string) => {
    addresses.push(address);
    Object.assign(location, { hash: '', href: address });
  };
  vi.stubGlobal('window', { location, history: { state: null, replaceState } });
  return addresses;
}

test('a token stays, however often it is read, until another link comes', () => {
  expect([open(''), take()]).toEqual([[], '']);
  const addresses = open(`#token=${FIRST}`);
  expect([take(), take(), addresses]).toEqual([FIRST, FIRST, ['https://www.example.com/reset-password']]);
  open(`#token=${SECOND}`);
  expect([take(), take()]).toEqual([SECOND, SECOND]);
});
