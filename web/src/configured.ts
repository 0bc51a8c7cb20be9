/** The configuration and what is made of it, for every component. */
import { createContext, useContext } from 'react';
import { Api } from './api';
import type { Config } from './config';

interface Configured {
  config: Config;
  api: Api;
}

const Context = createContext<Configured | null>(null);

export const ConfigProvider = Context.Provider;

export function configure(config: Config): Configured {
  return { config, api: new Api(config.apiUrl) };
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
