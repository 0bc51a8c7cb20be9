import type { Settings } from '@example/password-reset-react/settings';
import { timeout } from './timeout';

/** What a brand decides on. */
export interface Brand {
  productName: string;
  /** Images of the pages' own origin, the second for dark; null shows the product's name, or the first. */
  logoUrl: string | null;
  logoDarkUrl: string | null;
  faviconUrl: string | null;
  /** `#rrggbb`, which `theme` has shades of that people can read. */
  brandColor: string;
  /** The style sheet's custom properties that are the brand's, without their hyphens. */
  theme: Record<string, string>;
  /** A font file of the pages' own origin. */
  fontUrl: string | null;
  supportEmail: string;
  companyLine: string | null;
  termsUrl: string | null;
  privacyUrl: string | null;
  /** The languages to offer, and the one for everybody else. */
  locales: string[];
  defaultLocale: string;
  /** Where texts are that the brand has of its own, by language. */
  words: Record<string, string>;
}

/** What an environment chooses, read at run time from `config.json`, so that one build serves every one. */
export interface Config extends Brand, Settings {
  /** Base URL of the API without a final slash; empty where it shares the pages' origin. */
  apiUrl: string;
  /** What is otherwise for those that have a brand of their own. */
  brands: Record<string, Brand>;
}

/** Returns what the document brought; a document that is none of a language's has it loaded. */
export async function loadConfig(): Promise<Config> {
  const brought = document.getElementById('config')?.textContent;
  if (brought) return JSON.parse(brought) as Config;
  const response = await fetch('config.json', { signal: timeout(15_000) });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  return (await response.json()) as Config;
}
