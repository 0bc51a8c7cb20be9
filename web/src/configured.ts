/** The configuration, what is made of it, and what the tab knows. */
import { Api } from '@example/password-reset-react/api';
import { useConfig as useSettings } from '@example/password-reset-react/configured';
import type { Visit } from '@example/password-reset-react/visit';
import type { Config } from './config';

export { useApi, useVisit } from '@example/password-reset-react/configured';

/** What the components get, with all of the configuration. */
export interface Configured {
  config: Config;
  api: Api;
  visit: Visit;
  strength: () => Promise<typeof import('./strength')>;
}

export function configure(chosen: Config, visit: Visit): Configured {
  const named = new URLSearchParams(window.location.search).get('client') ?? '';
  if (Object.keys(chosen.clients).includes(named)) visit.client = named; // the API refuses any other
  const brand = Object.keys(chosen.brands).includes(named) ? chosen.brands[named] : undefined;
  const config = { ...chosen, ...brand };
  return { config, api: new Api(config.apiUrl), visit, strength: () => import('./strength') };
}

/** The pages are given a `Configured` of their own, above. */
export function useConfig(): Config {
  return useSettings() as Config;
}
