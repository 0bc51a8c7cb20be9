/** The field of a message's code. The eighth digit submits it. */
import { useId } from 'react';
import { Button } from '../components/Button';
import { FailureNotice } from '../components/FailureNotice';
import { Field } from '../components/Field';
import { CODE_LENGTH } from '../codes';
import { type CodeFormOptions, useCodeForm } from '../useCodeForm';
import { useWords } from '../words';

export function CodeForm(options: CodeFormOptions) {
  const words = useWords();
  const code = useCodeForm(options);
  const hintId = useId();
  const digits = { n: words.number(CODE_LENGTH) };

  return (
    <form onSubmit={code.submit} noValidate aria-busy={code.busy} method="post">
      <Field
        ref={code.input}
        label={words.say('code.label')}
        error={code.error ? words.say(code.error, digits) : undefined}
        describedBy={hintId}
        type="text"
        name="code"
        className="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        autoCapitalize="none"
        autoCorrect="off"
        enterKeyHint="go"
        spellCheck={false}
        dir="ltr"
        autoFocus
        required
        value={code.text}
        onChange={(event) => code.change(event.target.value)}
      />
      <p id={hintId} className="muted small hint">
        {words.say('code.hint', digits)}
      </p>
      <FailureNotice message={code.message} left={code.left} />
      <Button type="submit" busy={code.busy} resting={code.left > 0}>
        {words.say(code.busy ? 'code.submitting' : 'code.submit')}
      </Button>
    </form>
  );
}
