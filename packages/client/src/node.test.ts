/** On Node.js itself, whose types nothing else here needs. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { expect, test } from 'vitest';
import { Client } from './index.js';

test('all of it, with the solver that few need, is 5 kB or less', async () => {
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: true, lib: { entry: new URL('index.ts', import.meta.url).pathname, formats: ['es'] } },
  })) as Rolldown.RolldownOutput[];
  const chunks = built[0]!.output.filter((output) => output.type === 'chunk');
  expect(chunks.flatMap((chunk) => chunk.imports)).toEqual([]);
  const bytes = chunks.reduce((sum, chunk) => sum + gzipSync(chunk.code).length, 0);
  expect(bytes).toBeGreaterThan(2000);
  expect(bytes).toBeLessThanOrEqual(5000);
});

test('what Node.js says of a refused connection, and of one that breaks, is understood', async () => {
  const server = createServer((request) => request.socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reset = () => new Client({ baseUrl, retries: 0 }).resetPassword({ token: 't', newPassword: 'p' });
  expect(await reset()).toEqual({ ok: false, problem: { code: 'unreachable', mayHaveArrived: true } });
  await new Promise((resolve) => server.close(resolve));
  expect(await reset()).toEqual({ ok: false, problem: { code: 'unreachable', mayHaveArrived: false } });
});
