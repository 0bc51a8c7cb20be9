/** A labelled input, with whatever is wrong with it tied to it. */
import { type InputHTMLAttributes, type ReactNode, type Ref, useId, useLayoutEffect } from 'react';
import { Icon } from './Icon';

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  error?: string | undefined;
  /** The id of a further description. */
  describedBy?: string;
  /** Stands at the end of the input. */
  after?: ReactNode;
  ref?: Ref<HTMLInputElement> | undefined;
}

export function Field({ label, error, describedBy, after, autoFocus = false, ...input }: Props) {
  const id = useId();
  const errorId = `${id}-error`;
  // By script: the attribute is heeded once a document, and not at all where a fragment is.
  useLayoutEffect(() => {
    if (autoFocus) document.getElementById(id)?.focus();
  }, []);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className={after ? 'input with-toggle' : 'input'}>
        <input
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={[error && errorId, describedBy].filter(Boolean).join(' ') || undefined}
          {...input}
        />
        {after}
      </div>
      <p id={errorId} className="error" role="alert">
        {error && (
          <>
            <Icon name="warning" size={18} />
            <span>{error}</span>
          </>
        )}
      </p>
    </div>
  );
}
