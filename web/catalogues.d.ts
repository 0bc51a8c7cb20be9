export function catalogues(): {
  language: string;
  name: string;
  direction: 'ltr' | 'rtl';
  digits: string;
  pages: Record<string, string>;
}[];
