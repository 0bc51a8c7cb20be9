import { expect, test } from 'vitest';
import { contrast, palette, SURFACES } from './colours';

const BRANDS = ['#1f5fd0', '#ffffff', '#000000', '#ffd500', '#00ff00', '#777777', '#e4002b', '#171c23', '#7a00ff'];
/** `--page` of the style sheet. */
const AROUND = { light: '#f3f5f8', dark: '#0f1318' };

test.each(BRANDS)('text in or on %s can be read', (brand) => {
  const shades = palette(brand);
  expect(shades.brand).toBe(brand);
  expect(contrast(brand, shades['on-brand'])).toBeGreaterThanOrEqual(4.5);
  expect(contrast(shades['accent-on-light'], SURFACES.light)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(shades['accent-on-dark'], SURFACES.dark)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(shades['edge-on-light'], SURFACES.light)).toBeGreaterThanOrEqual(3);
  expect(contrast(shades['edge-on-dark'], SURFACES.dark)).toBeGreaterThanOrEqual(3);
});

test.each(BRANDS)('what lies on a tint of %s can be read', (brand) => {
  const shades = palette(brand);
  for (const [accent, surface] of [
    [shades['accent-on-light'], SURFACES.light],
    [shades['accent-on-dark'], SURFACES.dark],
  ] as const) {
    expect(contrast(accent, tint(accent, surface, 0.08))).toBeGreaterThanOrEqual(4.5); // a button's name under the pointer
    expect(contrast(accent, tint(accent, surface, 0.12))).toBeGreaterThanOrEqual(3); // a badge's icon
  }
});

test.each(BRANDS)('links in %s can be read around the card too', (brand) => {
  const shades = palette(brand);
  expect(contrast(shades['accent-on-light'], AROUND.light)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(shades['accent-on-dark'], AROUND.dark)).toBeGreaterThanOrEqual(4.5);
});

/** As `color-mix(in srgb, …)` does it. */
function tint(colour: string, surface: string, share: number): string {
  const part = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(part(colour, at) * share + part(surface, at) * (1 - share)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

test('contrast as WCAG defines it', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

test('a colour that can be read is left as it is', () => {
  expect(palette('#1f5fd0')['accent-on-light']).toBe('#1f5fd0');
});
