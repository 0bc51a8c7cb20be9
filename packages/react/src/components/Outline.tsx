/** The form of a new password while its link is checked: what there is to read, and nothing that can be filled in. */
import { useId } from 'react';
import type { PasswordPolicy } from '../api';
import { useConfigured } from '../configured';
import { tell } from '../refusals';
import { checkRules } from '../rules';
import { useWords } from '../words';
import { Rules } from './Rules';

/** As high as the form that takes its place. `infra/documents.py` writes the same into a document. */
export function Outline({ policy }: { policy: PasswordPolicy }) {
  const words = useWords();
  const { strength } = useConfigured();
  const room = <span className="room" />;
  return (
    <>
      <div className="outline" aria-hidden="true">
        {(['reset.password', 'reset.confirmation'] as const).map((label) => (
          <div className="field" key={label}>
            <b>{words.say(label)}</b>
            {room}
          </div>
        ))}
        {strength && (
          <div className="strength">
            <div className="meter">
              <span />
              <span />
              <span />
              <span />
            </div>
            <p>
              <span>{words.say('strength.label')}</span>
            </p>
          </div>
        )}
        <div className="actions">{room}</div>
      </div>
      <Rules id={useId()} rules={checkRules(policy, '')} say={(rule) => tell(words, policy, rule)} started={false} />
      <div className="suggestion">{room}</div>
    </>
  );
}
