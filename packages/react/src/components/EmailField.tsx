/** The field of an address. What is invisible or full width in it is put right as it is pasted. */
import type { Ref } from 'react';
import { cleanAddress } from '../addresses';
import { useWords } from '../words';
import { Field } from './Field';

interface Props {
  value: string;
  onChange: (email: string) => void;
  autoComplete: 'email' | 'username';
  enterKeyHint: 'send' | 'next';
  autoFocus: boolean;
  error?: string | undefined;
  ref?: Ref<HTMLInputElement>;
}

export function EmailField({ value, onChange, ...rest }: Props) {
  const words = useWords();
  return (
    <Field
      {...rest}
      label={words.say('email.label')}
      type="email"
      name="email"
      inputMode="email"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      dir="ltr"
      required
      value={value}
      onChange={(event) => {
        // What an input method still composes is its own.
        const composing = (event.nativeEvent as InputEvent).isComposing;
        onChange(composing ? event.target.value : cleanAddress(event.target.value));
      }}
      onBlur={(event) => onChange(cleanAddress(event.target.value))}
    />
  );
}
