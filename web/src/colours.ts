/** Shades of the brand's colour that people can read (WCAG 2.2, 1.4.3 and 1.4.11), whatever that colour is. */

/** What the pages draw on; the style sheet has the same two. */
export const SURFACES = { light: '#ffffff', dark: '#171c23' } as const;

const ENOUGH = 4.5;
/** For what is no text. */
const SHAPE = 3;

type Channels = readonly [number, number, number];

/** By the names that the style sheet has for them. */
export interface Palette {
  brand: string;
  'on-brand': string;
  'accent-on-light': string;
  'accent-on-dark': string;
  /** The border of what the brand's colour fills: white on white, or black on black, would have no shape. */
  'edge-on-light': string;
  'edge-on-dark': string;
}

export function palette(brand: string): Palette {
  const accentOnLight = readable(brand, SURFACES.light, '#000000');
  const accentOnDark = readable(brand, SURFACES.dark, '#ffffff');
  return {
    brand,
    'on-brand': contrast(brand, '#ffffff') >= ENOUGH ? '#ffffff' : '#000000',
    'accent-on-light': accentOnLight,
    'accent-on-dark': accentOnDark,
    'edge-on-light': contrast(brand, SURFACES.light) >= SHAPE ? brand : accentOnLight,
    'edge-on-dark': contrast(brand, SURFACES.dark) >= SHAPE ? brand : accentOnDark,
  };
}

export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Mixes a colour with another, no more than it takes to be read on the surface and on the tint behind it. */
function readable(colour: string, surface: string, towards: string): string {
  const [from, to] = [channels(colour), channels(towards)];
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = hex(from.map((value, at) => value + (to[at]! - value) * share));
    if (contrast(mixed, surface) >= ENOUGH + 0.6) return mixed;
  }
  return towards;
}

function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Channels;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channels(colour: string): Channels {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function hex(values: readonly number[]): string {
  return `#${values.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
}
