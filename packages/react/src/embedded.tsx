/** The forms for a page that isn't ours: each stands alone with its settings, or beneath a `PasswordReset`. */
import type { CSSProperties, ReactNode } from 'react';
import { useVisit } from './configured';
import { CodeForm as CodeFields } from './forms/CodeForm';
import { ForgotPassword as Forgot } from './forms/ForgotPassword';
import { ResetPassword as Reset } from './forms/ResetPassword';
import { NavigationProvider, type PageName, useNavigation } from './navigation';
import { PasswordReset, type PasswordResetProps, type Step, type Theme, useSteps } from './PasswordReset';
import type { CodeFormOptions } from './useCodeForm';
import { useWords } from './words';

/** All of `PasswordReset`'s settings, or, beneath one, none of them. */
type Around = Omit<PasswordResetProps, 'children'> | { apiUrl?: undefined };

type Shared = Around & {
  /** Custom properties of the style sheet, by their names without `--`: `brand`, `on-brand`, `surface`, `text`, `radius`… */
  theme?: Theme | undefined;
  /** The password is changed. What the form shows then may stay. */
  onDone?: (() => void) | undefined;
  /** Told each step: the message is `sent`, a code was right and the password is to `choose`, `done`. */
  onStep?: ((step: Step) => void) | undefined;
};

export type ForgotPasswordProps = Shared;
export type ResetPasswordProps = Shared & {
  /** Of the link: `takeToken(window.location, window.history)` of the client. Keep it in memory alone. */
  token: string;
};
export type CodeFormProps = Around & { theme?: Theme | undefined } & CodeFormOptions;

export function ForgotPassword(props: ForgotPasswordProps) {
  return (
    <Embedded {...props} page="forgot-password">
      <Pages token="" />
    </Embedded>
  );
}

/** Whoever needs another link requests it in the same place. */
export function ResetPassword({ token, ...props }: ResetPasswordProps) {
  return (
    <Embedded {...props} page="reset-password" key={token}>
      <Pages token={token} />
    </Embedded>
  );
}

export function CodeForm({ flow, onToken, ...props }: CodeFormProps) {
  return (
    <Embedded {...props} page="forgot-password">
      <CodeFields flow={flow} onToken={onToken} key={flow} />
    </Embedded>
  );
}

function Pages({ token }: { token: string }) {
  const { place } = useNavigation();
  const visit = useVisit();
  return place.page === 'reset-password' ? <Reset token={token} /> : <Forgot key={visit.email} />;
}

type EmbeddedProps = Shared & { page: PageName; children: ReactNode };

function Embedded({ page, theme, onDone, onStep, children, ...around }: EmbeddedProps) {
  const frame = (
    <Frame page={page} theme={theme} onDone={onDone} onStep={onStep}>
      {children}
    </Frame>
  );
  return around.apiUrl === undefined ? frame : <PasswordReset {...around}>{frame}</PasswordReset>;
}

/** The element that the style sheet is about, with the theme and the language's direction. */
function Frame({ page, theme = {}, onDone, onStep, children }: Omit<EmbeddedProps, keyof Around>) {
  const words = useWords();
  const steps = useSteps(page, (step) => {
    onStep?.(step);
    if (step === 'done') onDone?.();
  });
  const style = Object.fromEntries(Object.entries(theme).map(([name, value]) => [`--${name}`, value]));
  return (
    <div className="password-reset" style={style as CSSProperties}>
      <div lang={words.language} dir={words.direction}>
        <NavigationProvider value={steps}>{children}</NavigationProvider>
      </div>
    </div>
  );
}
