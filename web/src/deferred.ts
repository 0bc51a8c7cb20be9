/** Components that few need: loaded when they are first shown, and tried again until they are there. */
import { type ComponentType, lazy, type LazyExoticComponent } from 'react';

const RETRY_MS = 3000;

export function deferred<Props>(load: () => Promise<ComponentType<Props>>): LazyExoticComponent<ComponentType<Props>> {
  async function there(): Promise<{ default: ComponentType<Props> }> {
    try {
      return { default: await load() };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return there();
    }
  }
  return lazy(there);
}
