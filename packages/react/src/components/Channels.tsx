/** How people want to be reached, where there is a choice. */
import { useConfig } from '../configured';
import type { Channel } from '../settings';
import { useWords } from '../words';

export function Channels({ chosen, onChoose }: { chosen: Channel; onChoose: (channel: Channel) => void }) {
  const words = useWords();
  const { channels } = useConfig();
  return (
    <fieldset>
      <legend>{words.say('channel.legend')}</legend>
      {channels.map((channel) => (
        <label key={channel} className="choice">
          <input
            type="radio"
            name="channel"
            value={channel}
            checked={channel === chosen}
            onChange={() => onChoose(channel)}
          />
          <span>
            <span>{words.say(`channel.${channel}`)}</span>
            {channel !== 'email' && <small className="muted">{words.say('channel.phone')}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
