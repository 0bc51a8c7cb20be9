/** One state of a page: a heading, and what there is to say and do. */
import { type ReactNode, useEffect, useRef } from 'react';
import { useWords } from '../words';
import { useConfig } from '../configured';
import { Icon, type IconName } from './Icon';

interface Props {
  title: string;
  icon?: IconName;
  tone?: 'good' | 'bad';
  /** Whether this state takes the place of another: then its heading is focused, so that it is read out. */
  follows?: boolean;
  children: ReactNode;
}

export function Panel({ title, icon, tone, follows = false, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const words = useWords();
  const { productName } = useConfig();

  useEffect(() => {
    document.title = words.say('common.pageTitle', { page: title, product: productName });
  }, [words, title, productName]);
  useEffect(() => {
    if (follows) heading.current?.focus();
  }, [follows]);

  return (
    <section className="panel">
      {icon && (
        <span className={`badge ${tone ?? ''}`}>
          <Icon name={icon} size={26} />
        </span>
      )}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </section>
  );
}
