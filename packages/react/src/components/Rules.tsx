/** The policy, rule by rule, kept up with what is typed. What only the server can tell stands apart. */
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
  const later = rules.filter((rule) => rule.met === null);
  return (
    <div id={id} className="rules">
      <p>{words.say('rules.title')}</p>
      <List rules={rules.filter((rule) => rule.met !== null)} started={started} />
      {later.length > 0 && <p>{words.say('rules.later')}</p>}
      {later.length > 0 && <List rules={later} started={started} />}
    </div>
  );
}

const ICONS = { met: 'check', open: 'cross', unknown: 'dot' } as const;

function List({ rules, started }: { rules: Rule[]; started: boolean }) {
  const words = useWords();
  return (
    <ul>
      {rules.map(({ key, n, met }) => {
        const state = met === null || !started ? 'unknown' : met ? 'met' : 'open';
        return (
          <li key={key} className={state}>
            <Icon name={ICONS[state]} size={18} />
            {state !== 'unknown' && (
              <span className="visually-hidden">{`${words.say(met ? 'rules.met' : 'rules.open')} `}</span>
            )}
            <span>{words.say(key as 'rules.minLength', { n: words.number(n ?? 0) })}</span>
          </li>
        );
      })}
    </ul>
  );
}
