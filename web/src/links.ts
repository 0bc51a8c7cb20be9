/** Links from page to page. A language that was chosen by hand goes along. */
import type { Config } from './config';

export type PageName = 'forgot-password' | 'reset-password' | 'sign-in';

export function pageLink(page: PageName): string {
  const language = new URLSearchParams(window.location.search).get('lang');
  return language ? `${page}?${new URLSearchParams({ lang: language })}` : page;
}

export function signInLink(config: Config): string {
  return config.signInUrl ?? pageLink('sign-in');
}

/** Returns the page that an address names by its last part; any other is the first page. */
export function pageAt(path: string): PageName {
  const name = path.split('/').pop();
  return name === 'reset-password' || name === 'sign-in' ? name : 'forgot-password';
}
