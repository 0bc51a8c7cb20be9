/** Words in the reader's language: a catalogue's texts with their places filled, numbers and durations. */
import { createContext, useContext } from 'react';
import { type Catalogue, CATALOGUES, type English, type Language } from './catalogues';

const DAY = 86_400;

type Places<Text> = Text extends `${string}{${infer Place}}${infer Rest}` ? Place | Places<Rest> : never;
type Values<Key extends keyof English> = [Places<English[Key]>] extends [never]
  ? []
  : [values: Record<Places<English[Key]>, string>];

export type Key = keyof English;

export class Words {
  constructor(
    readonly language: Language,
    private readonly catalogue: Catalogue,
  ) {}

  get direction(): 'ltr' | 'rtl' {
    return this.catalogue['language.direction'];
  }

  /** Returns a text; TypeScript asks for a value for each of its places. */
  say<K extends Key>(key: K, ...[values]: Values<K>): string {
    return this.catalogue[key].replace(/\{(\w+)\}/g, (place, name: string) =>
      values && name in values ? (values as Record<string, string>)[name]! : place,
    );
  }

  number(value: number): string {
    return this.format().format(value);
  }

  /** Returns a time to wait in whole minutes, as limits count it. */
  minutes(seconds: number): string {
    return this.measure(Math.ceil(seconds / 60), 'minute');
  }

  /** Returns a duration in its largest unit; a promise of validity is rounded down, a time to wait up. */
  duration(seconds: number, round: 'up' | 'down'): string {
    const [unit, size] =
      round === 'down' && seconds > 2 * DAY
        ? (['day', DAY] as const)
        : (round === 'down' && seconds > 2 * 3600) || (seconds >= 3600 && seconds % 3600 === 0)
          ? (['hour', 3600] as const)
          : seconds >= 60
            ? (['minute', 60] as const)
            : (['second', 1] as const);
    const value = round === 'up' ? Math.ceil(seconds / size) : Math.floor(seconds / size);
    return this.measure(value, unit);
  }

  private measure(value: number, unit: 'day' | 'hour' | 'minute' | 'second'): string {
    return this.format({ style: 'unit', unit, unitDisplay: 'long' }).format(value);
  }

  /** In the digits of mails: engines differ in which ones Arabic has by default. */
  private format(options?: Intl.NumberFormatOptions): Intl.NumberFormat {
    return new Intl.NumberFormat(`${this.language}-u-nu-${this.catalogue['language.digits']}`, options);
  }
}

/** Loads a language: our words, and over them those that a brand has of its own, from this address. */
export async function load(language: Language, own: string | undefined): Promise<Words> {
  const theirs = own && fetch(own).then((response) => response.json() as Promise<Partial<Catalogue>>);
  const ours = await CATALOGUES[language]?.(); // there is none of a language that is the brand's
  return new Words(language, { ...ours?.default, ...(await theirs) } as Catalogue);
}

/** Keeps a text of the other direction, such as an address in an Arabic sentence, in one piece. */
export function isolate(text: string): string {
  return `\u2068${text}\u2069`;
}

const Context = createContext<Words | null>(null);

export const WordsProvider = Context.Provider;

export function useWords(): Words {
  const words = useContext(Context);
  if (!words) throw new Error('a <PasswordReset> must stand around this');
  return words;
}
