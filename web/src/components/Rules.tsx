/** The policy, rule by rule, kept up with what is typed. */
import type { Rule } from '../rules';
import { useWords } from '../words';
import { Icon } from './Icon';

interface Props {
  id: string;
  rules: Rule[];
  /** Before anything is typed no rule is met or broken. */
  started: boolean;
}

export function Rules({ id, rules, started }: Props) {
  const words = useWords();
  return (
    <div id={id} className="rules">
      <p>{words.say('rules.title')}</p>
      <ul>
        {rules.map(({ key, n, met }) => {
          const state = met === null || !started ? 'unknown' : met ? 'met' : 'open';
          return (
            <li key={key} className={state}>
              <Icon name={state === 'met' ? 'check' : 'dot'} size={18} />
              {state !== 'unknown' && (
                <span className="visually-hidden">{`${words.say(met ? 'rules.met' : 'rules.open')} `}</span>
              )}
              <span>{words.say(key as 'rules.minLength', { n: words.number(n ?? 0) })}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
