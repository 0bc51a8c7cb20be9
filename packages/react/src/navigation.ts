/** Where somebody is: a page, and a step of it. What that does to addresses and history, the site around it decides. */
import { createContext, useContext } from 'react';
import type { Channel } from './settings';

export type PageName = 'forgot-password' | 'reset-password' | 'report-change' | 'sign-in';

export interface Place {
  page: PageName;
  step?: 'sent' | 'choose' | 'done' | undefined;
  channel?: Channel | undefined;
  client?: string | undefined;
}

export interface Navigation {
  place: Place;
  go: (place: Place, how?: 'push' | 'replace') => void;
  /** The address of a page. */
  href: (page: PageName) => string;
  /** Told the heading of each state. */
  titled?: (title: string) => void;
}

const Context = createContext<Navigation | null>(null);

export const NavigationProvider = Context.Provider;

export function useNavigation(): Navigation {
  const navigation = useContext(Context);
  if (!navigation) throw new Error('no navigation');
  return navigation;
}
