/**
 * Where somebody is: a page by its address, and a step of it by the tab's history, so that Back goes back a step.
 *
 * The history keeps names alone: of a step, of the channel that carried the message, and of the application.
 */
import type { Place } from '@example/password-reset-react/navigation';
import { pageAt, pageLink } from './links';

export function here(): Place {
  const { step, channel, client } = (window.history.state ?? {}) as Partial<Place>;
  return { page: pageAt(window.location.pathname), step, channel, client };
}

/** Writes a place into the history: as the next entry, or over the one that there is. */
export function record({ page, step, channel, client }: Place, how: 'push' | 'replace'): void {
  const address = page === pageAt(window.location.pathname) ? window.location.href : pageLink(page);
  const state = step ? { step, channel, client } : null;
  if (how === 'push') window.history.pushState(state, '', address);
  else window.history.replaceState(state, '', address);
}
