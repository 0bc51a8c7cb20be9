import { timeout } from './timeout';

export type Channel = 'email' | 'sms' | 'whatsapp';
export type EmailStyle = 'link' | 'code' | 'both';

/** What an environment chooses, read at run time from `config.json`, so that one build serves every one. */
export interface Config {
  /** Base URL of the API without a final slash; empty where it shares the pages' origin. */
  apiUrl: string;
  productName: string;
  /** An image of the pages' own origin; null shows the product's name. */
  logoUrl: string | null;
  /** `#rrggbb`, which `theme` has shades of that people can read. */
  brandColor: string;
  /** The style sheet's custom properties that are the brand's, without their hyphens. */
  theme: Record<string, string>;
  /** Where people sign in; null is the hosted sign-in page. */
  signInUrl: string | null;
  /** Where the hosted sign-in page's form posts `email` and `password`; null leaves it to `sessions`. */
  signInAction: string | null;
  /** Whether the API signs people in. */
  sessions: boolean;
  supportEmail: string;
  /** The languages to offer, and the one for everybody else. */
  locales: string[];
  defaultLocale: string;
  /** How long a link lives. */
  tokenTtlSeconds: number;
  /** The ways to reach people, the first chosen at the start. */
  channels: Channel[];
  /** The way for whoever the chosen one does not reach. */
  fallbackChannel: Channel | null;
  /** What a mail carries. */
  emailStyle: EmailStyle;
  /** How long a code lives. */
  codeTtlSeconds: number;
  /** The applications that a request may name, and where each has people go on after a reset; null is as elsewhere. */
  clients: Record<string, string | null>;
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch('config.json', { signal: timeout(15_000) });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  return (await response.json()) as Config;
}
