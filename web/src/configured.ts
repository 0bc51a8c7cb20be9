/** The configuration, what is made of it, and what the tab knows, for every component. */
import { createContext, useContext } from 'react';
import { Api } from './api';
import type { Config } from './config';
import { Visit } from './visit';

export interface Configured {
  config: Config;
  api: Api;
  visit: Visit;
}

const Context = createContext<Configured | null>(null);

export const ConfigProvider = Context.Provider;

export function configure(chosen: Config, visit: Visit): Configured {
  const named = new URLSearchParams(window.location.search).get('client') ?? '';
  if (Object.keys(chosen.clients).includes(named)) visit.client = named; // the API refuses any other
  const brand = Object.keys(chosen.brands).includes(named) ? chosen.brands[named] : undefined;
  const config = { ...chosen, ...brand };
  return { config, api: new Api(config.apiUrl), visit };
}

function useConfigured(): Configured {
  const configured = useContext(Context);
  if (!configured) throw new Error('no configuration');
  return configured;
}

export function useConfig(): Config {
  return useConfigured().config;
}

export function useApi(): Api {
  return useConfigured().api;
}

export function useVisit(): Visit {
  return useConfigured().visit;
}
