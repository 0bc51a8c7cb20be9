/** One state of a page: a heading, and what there is to say and do. */
import { type ReactNode, useEffect, useRef } from 'react';
import { useNavigation } from '../navigation';
import { Icon, type IconName } from './Icon';

interface Props {
  title: string;
  icon?: IconName;
  tone?: 'good' | 'bad';
  children: ReactNode;
}

/** The first panel of a document is read out with it; each later one has to call attention to itself. */
let first = true;

/** Give each state a key of its own, so that it arrives anew. */
export function Panel({ title, icon, tone, children }: Props) {
  const section = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const { titled } = useNavigation();

  useEffect(() => titled?.(title), [titled, title]);
  useEffect(() => {
    // A field that asked for the focus has it by now.
    if (!first && !section.current?.contains(document.activeElement)) heading.current?.focus();
    first = false;
  }, []);

  return (
    <section className="panel" ref={section}>
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
