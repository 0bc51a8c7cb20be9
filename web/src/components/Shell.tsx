/** What surrounds every page: whose it is, its language, and where help is. */
import type { ReactNode } from 'react';
import { isolate, useWords } from '@example/password-reset-react/words';
import { Icon } from '@example/password-reset-react/components/Icon';
import { useConfig } from '../configured';
import { LANGUAGES, type Language, nameOf } from '../languages';

interface Props {
  children: ReactNode;
  onLanguage: (language: Language) => void;
}

export function Shell({ children, onLanguage }: Props) {
  const { productName, logoUrl, logoDarkUrl, supportEmail, companyLine, termsUrl, privacyUrl, locales, words: own } = useConfig();
  const words = useWords();
  const [before, after] = words.say('common.support', { address: '\n' }).split('\n');
  const offered = [...new Set([...LANGUAGES, ...(Object.keys(own) as Language[])])].filter((language) => locales.includes(language));
  return (
    <div className="shell">
      <header>
        {logoUrl ? (
          <picture>
            {logoDarkUrl && <source srcSet={logoDarkUrl} media="(prefers-color-scheme: dark)" />}
            <img src={logoUrl} alt={productName} />
          </picture>
        ) : (
          <>
            <span className="monogram" aria-hidden="true">
              {[...productName][0]}
            </span>
            <span className="product">{productName}</span>
          </>
        )}
      </header>
      <main>{children}</main>
      <footer>
        <p>
          <span>{before}</span>
          <a href={`mailto:${supportEmail}`}>{isolate(supportEmail)}</a>
          <span>{after}</span>
        </p>
        {(termsUrl || privacyUrl) && (
          <p className="legal">
            {termsUrl && <a href={termsUrl}>{words.say('footer.terms')}</a>}
            {privacyUrl && <a href={privacyUrl}>{words.say('footer.privacy')}</a>}
          </p>
        )}
        {companyLine && <p>{companyLine}</p>}
        {offered.length > 1 && (
          <label className="languages">
            <Icon name="globe" size={18} />
            <span className="visually-hidden">{words.say('language.choose')}</span>
            <select value={words.language} onChange={(event) => onLanguage(event.target.value as Language)}>
              {offered.map((language) => (
                <option key={language} value={language} lang={language}>
                  {nameOf(language)}
                </option>
              ))}
            </select>
          </label>
        )}
      </footer>
    </div>
  );
}
