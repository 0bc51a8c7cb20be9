/** Takes the place of pages that broke, for a browser's extension or translator can take them apart; says what happened. */
import { useWords } from '@example/password-reset-react/words';
import { Button } from '@example/password-reset-react/components/Button';
import { Done } from '@example/password-reset-react/components/Outcomes';
import { SignInLink } from '@example/password-reset-react/components/PageLink';
import { Panel } from '@example/password-reset-react/components/Panel';
import { useApi, useVisit } from '../configured';

export function Broken({ onContinue }: { onContinue: () => void }) {
  const words = useWords();
  const { outcome } = useApi();
  const visit = useVisit();
  if (outcome === 'changed') return <Done byCode email={visit.email} />;
  return (
    <Panel title={words.say('broken.title')} icon="warning" tone="bad">
      <p>{words.say(outcome === 'unknown' ? 'failure.outcomeUnknown' : 'broken.body')}</p>
      <p className="muted small">{words.say('broken.hint')}</p>
      <div className="actions">
        <Button onClick={onContinue}>{words.say('code.submit')}</Button>
        {outcome === 'unknown' && <SignInLink say="done.signIn" />}
      </div>
    </Panel>
  );
}
