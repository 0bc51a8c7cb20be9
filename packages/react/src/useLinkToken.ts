/** The token of the page's link, also of one that is opened in the same tab later: that changes the fragment alone. */
import { useSyncExternalStore } from 'react';
import { takeToken } from '@example/password-reset';

/** In memory alone. It outlives the component, for React may render that twice. */
let taken = '';

export function take(): string {
  taken = takeToken(window.location, window.history) || taken;
  return taken;
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
}

/**
 * Returns the token, and takes it out of the address bar; empty without one. Render what uses it with `key={token}`:
 * another link begins anew.
 */
export function useLinkToken(): string {
  return useSyncExternalStore(subscribe, take, () => '');
}
