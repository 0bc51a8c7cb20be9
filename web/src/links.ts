/** Links from page to page. A language that was chosen by hand, and the application, go along. */
import type { PageName } from '@example/password-reset-react/navigation';

export function pageLink(page: PageName): string {
  const query = new URLSearchParams(window.location.search);
  const kept = ['lang', 'client'].flatMap((name) => (query.get(name) ? [[name, query.get(name)!]] : []));
  return kept.length ? `${page}?${new URLSearchParams(kept)}` : page;
}

/** Returns the page that an address names by its last part, with or without a final slash; any other is the first. */
export function pageAt(path: string): PageName {
  const name = path.replace(/\/+$/, '').split('/').pop();
  return name === 'reset-password' || name === 'report-change' || name === 'sign-in' ? name : 'forgot-password';
}
