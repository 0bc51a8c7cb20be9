/** The hosted pages' own catalogues: there is one for each language, whoever shows it. */
export { type Catalogue, CATALOGUES, chooseLanguage, type English, type Language, LANGUAGES } from '../../../web/src/languages.ts';
