/** The policy, rule by rule, kept up with what is typed. What only the server can tell stands apart. */
import type { Rule } from '../rules';
import { useWords } from '../words';
import { Icon } from './Icon';

interface Props {
  id: string;
  rules: Rule[];
  say: (rule: Rule) => string;
  /** Before anything is typed no rule is met or broken. */
  started: boolean;
}

export function Rules({ id, rules, say, started }: Props) {
  const words = useWords();
  const later = rules.filter((rule) => rule.met === null);
  return (
    <div id={id} className="rules">
      <p>{words.say('rules.title')}</p>
      <List rules={rules.filter((rule) => rule.met !== null)} say={say} started={started} />
      {later.length > 0 && <p>{words.say('rules.later')}</p>}
      {later.length > 0 && <List rules={later} say={say} started={started} />}
    </div>
  );
}

const ICONS = { met: 'check', open: 'cross', unknown: 'dot' } as const;

function List({ rules, say, started }: Omit<Props, 'id'>) {
  const words = useWords();
  return (
    <ul>
      {rules.map((rule) => {
        const { key, met } = rule;
        const state = met === null || !started ? 'unknown' : met ? 'met' : 'open';
        return (
          <li key={key} className={state}>
            <Icon name={ICONS[state]} size={18} />
            {state !== 'unknown' && (
              <span className="visually-hidden">{`${words.say(met ? 'rules.met' : 'rules.open')} `}</span>
            )}
            <span>{say(rule)}</span>
          </li>
        );
      })}
    </ul>
  );
}
