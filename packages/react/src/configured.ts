/** The settings, what is made of them, and what the tab knows, for every component. */
import { createContext, useContext } from 'react';
import type { Api } from './api';
import type { Settings } from './settings';
import type { Visit } from './visit';

/** Estimates from 0 to 4 how hard a password is to guess. `context` holds words that an attacker tries first. */
export type Score = (password: string, context: string[]) => 0 | 1 | 2 | 3 | 4;

export interface Configured {
  config: Settings;
  api: Api;
  visit: Visit;
  /** Loads an estimator, once somebody types; without one there is no meter. */
  strength?: (() => Promise<{ score: Score }>) | undefined;
}

export const ConfiguredContext = createContext<Configured | null>(null);

export function useConfigured(): Configured {
  const configured = useContext(ConfiguredContext);
  if (!configured) throw new Error('a <PasswordReset> must stand around this');
  return configured;
}

export function useConfig(): Settings {
  return useConfigured().config;
}

export function useApi(): Api {
  return useConfigured().api;
}

export function useVisit(): Visit {
  return useConfigured().visit;
}
