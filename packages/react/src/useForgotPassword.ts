/** Requests a message, alike for everybody, and rests between two: the logic of the first form. */
import { type FormEvent, useRef, useState } from 'react';
import { type AddressError, addressError, cleanAddress } from './addresses';
import { mayComeAsCode } from './codes';
import type { FailureMessage } from './components/FailureNotice';
import { useApi, useConfig, useVisit } from './configured';
import { useCountdown, useSecondsUntil } from './countdown';
import { useNavigation } from './navigation';
import { useWords } from './words';

/** Time for a message to arrive before anybody asks for another one. */
const RESEND_SECONDS = 30;

/** Give `input` to the field: it gets the focus back where its address is refused. */
export function useForgotPassword() {
  const words = useWords();
  const api = useApi();
  const config = useConfig();
  const visit = useVisit();
  const { place, go } = useNavigation();
  const [email, setEmail] = useState(visit.email);
  const [channel, setChannel] = useState(place.channel ?? config.channels[0]!);
  const [busy, setBusy] = useState(false);
  const [solving, setSolving] = useState(false);
  const [again, setAgain] = useState(false);
  const [error, setError] = useState<AddressError | null>(null);
  const [message, setMessage] = useState<FailureMessage | null>(null);
  const service = useCountdown();
  const input = useRef<HTMLInputElement>(null);

  // The pause is the address's: another one need not wait for it.
  const address = cleanAddress(email);
  const rest = visit.rests.get(address.toLowerCase());
  const resting = useSecondsUntil(rest?.until ?? 0);
  const limited = rest?.why === 'rate_limited';

  async function send() {
    if (busy || service.left > 0 || resting > 0) return;
    const pause = (seconds: number, why: 'sent' | 'rate_limited') =>
      visit.rests.set(address.toLowerCase(), { until: Date.now() + seconds * 1000, why });
    setBusy(true);
    setMessage(null);
    setAgain(false);
    visit.rests.delete(address.toLowerCase());
    // The API takes mail for granted: only another channel is named.
    const named = { ...(channel !== 'email' && { channel }), ...(visit.client && { client: visit.client }) };
    const request = { email: address, locale: words.language, ...named };
    const result = await api.forgotPassword(request, { onSolving: () => setSolving(true) });
    setBusy(false);
    setSolving(false);
    if (result.ok) {
      visit.email = address;
      visit.finished = false;
      if (mayComeAsCode(config, channel)) visit.flow = result.value.flow;
      pause(RESEND_SECONDS, 'sent');
      if (place.step === 'sent') setAgain(true);
      else go({ page: 'forgot-password', step: 'sent', channel });
      return;
    }
    const { problem } = result;
    if (problem.code === 'invalid_request') {
      refuse('email.malformed');
    } else if (problem.code === 'rate_limited') {
      pause(problem.retryAfter, 'rate_limited');
    } else if (problem.code === 'unavailable') {
      setMessage('failure.unavailable');
      service.start(problem.retryAfter);
    } else {
      setMessage('failure.offline');
    }
  }

  function refuse(reason: AddressError) {
    setError(reason);
    if (place.step) go({ page: 'forgot-password' });
    else input.current?.focus();
  }

  function submit(event?: FormEvent) {
    event?.preventDefault();
    setEmail(address);
    const reason = addressError(address);
    if (reason) refuse(reason);
    else void send();
  }

  function startOver() {
    setAgain(false);
    setMessage(null);
    go({ page: 'forgot-password' });
  }

  function change(typed: string) {
    setEmail(typed);
    if (typed !== email) setError(null);
  }

  return {
    /** `asking` for an address; `sent`, whoever has it or not; `choose` a password, for a code; `done`. */
    step: place.step ?? ('asking' as const),
    email,
    address,
    change,
    error,
    channel,
    setChannel,
    submit,
    resend: () => void send(),
    startOver,
    busy,
    solving,
    /** Whether the message was sent once more. */
    again,
    message: message ?? (limited ? ('forgot.limited' as const) : null),
    /** Seconds until `message` has passed. */
    left: message ? service.left : resting,
    /** Seconds until the next message may be requested, because one has just been. */
    wait: !message && !limited ? resting : 0,
    /** Whether nothing can be sent now. */
    resting: service.left > 0 || resting > 0,
    input,
  };
}
