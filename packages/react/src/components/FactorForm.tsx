/** The form of a second factor. */
import { useId } from 'react';
import { type FactorFormOptions, useFactorForm } from '../useFactorForm';
import { useWords } from '../words';
import { Button } from './Button';
import { FailureNotice } from './FailureNotice';
import { Field } from './Field';

export function FactorForm(options: FactorFormOptions) {
  const words = useWords();
  const hintId = useId();
  const form = useFactorForm(options);
  const { kind, asking, digits } = form;
  return (
    <form onSubmit={form.submit} noValidate aria-busy={form.busy} method="post">
      <p>{words.say('factor.intro')}</p>
      {!asking && <Field
        ref={form.input}
        label={words.say(`factor.${kind}`)}
        error={form.error ? words.say(form.error) : undefined}
        describedBy={hintId}
        type="text"
        name={kind}
        className="code"
        inputMode={digits ? 'numeric' : 'text'}
        autoComplete={kind === 'recovery_code' ? 'off' : 'one-time-code'}
        autoCapitalize="none"
        autoCorrect="off"
        enterKeyHint="go"
        spellCheck={false}
        dir="ltr"
        autoFocus
        required
        value={form.text}
        onChange={(event) => form.change(event.target.value)}
      />}
      <p id={hintId} className="muted small hint">
        {words.say(asking ? 'factor.phone.ask' : `factor.${kind}.hint`)}
      </p>
      {asking && form.error && <p role="alert">{words.say(form.error)}</p>}
      <FailureNotice message={form.message} left={form.left} />
      <Button type="submit" busy={form.busy} resting={form.left > 0}>
        {words.say(form.busy ? 'code.submitting' : asking ? 'sent.resendCode' : 'code.submit')}
      </Button>
      {options.kinds
        .filter((other) => other !== kind)
        .map((other) => (
          <Button kind="plain" onClick={() => form.choose(other)} key={other}>
            {words.say(`factor.${other}.use`)}
          </Button>
        ))}
    </form>
  );
}
