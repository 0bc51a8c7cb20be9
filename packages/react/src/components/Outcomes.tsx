/** How a reset ends: well, probably well, too late, or not at all. */
import { useConfig } from '../configured';
import { useNavigation } from '../navigation';
import { canSignIn } from '../settings';
import { useWords } from '../words';
import { PageLink, SignInLink } from './PageLink';
import { Panel } from './Panel';

interface Props {
  /** Whether the token was had for a code: then there is no link to speak of. */
  byCode: boolean;
  /** The account's address, as a valid token told it. */
  email: string;
}

export function Done({ byCode, email, first = false }: Props & { first?: boolean }) {
  const words = useWords();
  const config = useConfig();
  const { place } = useNavigation();
  const back = config.clients[place.client ?? ''];
  return (
    <Panel title={words.say(first ? 'invite.done' : 'done.title')} icon="check" tone="good">
      <p>{words.say(byCode ? 'done.bodyCode' : 'done.body')}</p>
      {(back || canSignIn(config)) && (
        <div className="actions">
          {back ? (
            <a className="button primary" href={back}>
              <span>{words.say('done.signIn')}</span>
            </a>
          ) : (
            <SignInLink say="done.signIn" kind="primary" email={email} />
          )}
        </div>
      )}
    </Panel>
  );
}

/** After an answer that was lost: a token that is used by then was very likely used by us. */
export function ProbablyDone({ byCode, email, inTime }: Props & { inTime: boolean }) {
  const words = useWords();
  const config = useConfig();
  return (
    <Panel title={words.say(inTime ? 'probably.title' : byCode ? 'invalid.codeTitle' : 'invalid.title')} icon="warning">
      <p>{words.say(inTime ? 'probably.body' : 'probably.bodyLate')}</p>
      <div className="actions">
        <SignInLink say="done.signIn" kind="primary" email={email} />
        <Anew byCode={byCode} email={email} kind={canSignIn(config) ? 'plain' : 'primary'} />
      </div>
    </Panel>
  );
}

export function Invalid({ byCode, email }: Props) {
  const words = useWords();
  return (
    <Panel title={words.say(byCode ? 'invalid.codeTitle' : 'invalid.title')} icon={byCode ? 'warning' : 'link'} tone="bad">
      <p>{words.say(byCode ? 'invalid.codeBody' : 'invalid.body')}</p>
      <Ways byCode={byCode} email={email} />
    </Panel>
  );
}

/** The page was opened without a token. */
export function Missing() {
  const words = useWords();
  return (
    <Panel title={words.say('missing.title')} icon="link">
      <p>{words.say('missing.body')}</p>
      <Ways byCode={false} email="" />
    </Panel>
  );
}

/** The page was loaded anew after its code had been used. */
export function Ended() {
  const words = useWords();
  return (
    <Panel title={words.say('invalid.codeTitle')} icon="warning">
      <p>{words.say('missing.bodyCode')}</p>
      <Ways byCode email="" />
    </Panel>
  );
}

function Ways({ byCode, email }: Props) {
  return (
    <div className="actions">
      <Anew byCode={byCode} email={email} kind="primary" />
      <SignInLink say="common.backToSignIn" email={email} />
    </div>
  );
}

function Anew({ byCode, email, kind }: Props & { kind: 'primary' | 'plain' }) {
  const words = useWords();
  return (
    <PageLink page="forgot-password" kind={kind} email={email}>
      {words.say(byCode ? 'invalid.newCode' : 'invalid.newLink')}
    </PageLink>
  );
}
