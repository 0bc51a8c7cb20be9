import { useWords } from '../words';
import { Icon } from './Icon';

/** Shows what a password's field holds, and hides it again. */
export function Reveal({ shown, onToggle }: { shown: boolean; onToggle: () => void }) {
  const words = useWords();
  return (
    <button type="button" className="toggle" aria-label={words.say(shown ? 'reset.hide' : 'reset.show')} onClick={onToggle}>
      <Icon name={shown ? 'eyeOff' : 'eye'} size={22} />
    </button>
  );
}
