interface Props {
  children: string;
  kind?: 'primary' | 'secondary' | 'plain';
  type?: 'button' | 'submit';
  /** Works on something: shown by a turning ring beside the text. */
  busy?: boolean;
  /** Does nothing now. It stays focusable, so that a keyboard's place in the page is not lost. */
  resting?: boolean;
  onClick?: () => void;
}

export function Button({ children, kind = 'primary', type = 'button', busy = false, resting = false, onClick }: Props) {
  return (
    <button type={type} className={`button ${kind}${busy ? ' busy' : ''}`} aria-disabled={busy || resting || undefined} onClick={onClick}>
      {busy && <span className="ring" aria-hidden="true" />}
      <span>{children}</span>
    </button>
  );
}
