import { expect, test } from 'vitest';
import { contrast, palette, SURFACES } from './colours';

const BRANDS = ['#1f5fd0', '#ffffff', '#000000', '#ffd500', '#00ff00', '#777777', '#e4002b', '#171c23', '#7a00ff'];

test.each(BRANDS)('text in or on %s can be read', (brand) => {
  const shades = palette(brand);
  expect(shades.brand).toBe(brand);
  expect(contrast(brand, shades['on-brand'])).toBeGreaterThanOrEqual(4.5);
  expect(contrast(shades['accent-on-light'], SURFACES.light)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(shades['accent-on-dark'], SURFACES.dark)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(shades['edge-on-light'], SURFACES.light)).toBeGreaterThanOrEqual(3);
  expect(contrast(shades['edge-on-dark'], SURFACES.dark)).toBeGreaterThanOrEqual(3);
});

test('contrast as WCAG defines it', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

test('a colour that can be read is left as it is', () => {
  expect(palette('#1f5fd0')['accent-on-light']).toBe('#1f5fd0');
});
