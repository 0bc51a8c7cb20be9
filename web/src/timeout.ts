/** Returns a signal that aborts after a time: `AbortSignal.timeout`, which browsers before 2022 lack. */
export function timeout(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), milliseconds);
  return controller.signal;
}
