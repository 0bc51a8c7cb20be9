/** What the forms must know of the service and of the site around them. */
import type { Channel, PasswordPolicy } from '@example/password-reset';

export type { Channel };
export type EmailStyle = 'link' | 'code' | 'both';

export interface Settings {
  productName: string;
  /** Where people sign in; null is a page of the site itself. */
  signInUrl: string | null;
  /** Where the site's own sign-in form posts `email` and `password`; null leaves it to `sessions`. */
  signInAction: string | null;
  /** Whether the API signs people in. */
  sessions: boolean;
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
  /** The policy in force, where the site knows it; the API is asked otherwise. */
  passwordPolicy?: PasswordPolicy;
  /** The applications that a request may name, and where each has people go on after a reset; null is as elsewhere. */
  clients: Record<string, string | null>;
}

/** Whether there is anywhere to sign in: where nothing says so, a button would lead nowhere. */
export function canSignIn({ signInUrl, signInAction, sessions }: Settings): boolean {
  return signInUrl !== null || signInAction !== null || sessions;
}
