/**
 * "This wasn't me": locks the account by a notice's link and the account's address.
 *
 * Opening the page sends nothing, and the address must be typed: what opens and submits mailed links doesn't know it.
 */
import { type FormEvent, useRef, useState } from 'react';
import { type AddressError, addressError, cleanAddress } from '@example/password-reset-react/addresses';
import { Button } from '@example/password-reset-react/components/Button';
import { EmailField } from '@example/password-reset-react/components/EmailField';
import { FailureNotice } from '@example/password-reset-react/components/FailureNotice';
import { Missing } from '@example/password-reset-react/components/Outcomes';
import { PageLink } from '@example/password-reset-react/components/PageLink';
import { Panel } from '@example/password-reset-react/components/Panel';
import { useFailure } from '@example/password-reset-react/failure';
import { isolate, useWords } from '@example/password-reset-react/words';
import { useApi, useConfig, useVisit } from '../configured';

export function ReportChange({ token }: { token: string }) {
  const words = useWords();
  const api = useApi();
  const visit = useVisit();
  const { productName } = useConfig();
  const [email, setEmail] = useState('');
  const [busy, setBusy] = useState(false);
  const [locked, setLocked] = useState(false);
  const [error, setError] = useState<AddressError | 'report.refused' | null>(null);
  const trouble = useFailure();
  const input = useRef<HTMLInputElement>(null);

  function refuse(reason: AddressError | 'report.refused') {
    setError(reason);
    input.current?.focus();
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || trouble.left > 0) return;
    const address = cleanAddress(email);
    setEmail(address);
    trouble.say(null);
    const reason = addressError(address);
    if (reason) return refuse(reason);
    setBusy(true);
    const result = await api.reportChange({ token, email: address });
    setBusy(false);
    if (result.ok) {
      visit.email = address;
      return setLocked(true);
    }
    const { problem } = result;
    if (!trouble.tell(problem)) refuse(problem.code === 'invalid_request' ? 'email.malformed' : 'report.refused');
  }

  if (locked) {
    return (
      <Panel title={words.say('report.doneTitle')} icon="check" tone="good" key="locked">
        <p>{words.say('report.doneBody')}</p>
        <p>{words.say('report.doneNext')}</p>
        <div className="actions">
          <PageLink page="forgot-password" email={email}>
            {words.say('report.reset')}
          </PageLink>
        </div>
      </Panel>
    );
  }
  if (!token) return <Missing key="missing" />;
  return (
    <Panel title={words.say('report.title')} icon="warning" key="report">
      <p>{words.say('report.intro', { product: isolate(productName) })}</p>
      <form onSubmit={(event) => void submit(event)} noValidate aria-busy={busy} method="post">
        <EmailField
          ref={input}
          value={email}
          onChange={(typed) => {
            setEmail(typed);
            if (typed !== email) setError(null);
          }}
          error={error ? words.say(error) : undefined}
          autoComplete="email"
          enterKeyHint="send"
          autoFocus
        />
        <FailureNotice message={trouble.message} left={trouble.left} />
        <div className="actions">
          <Button type="submit" busy={busy} resting={trouble.left > 0}>
            {words.say(busy ? 'report.submitting' : 'report.submit')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
