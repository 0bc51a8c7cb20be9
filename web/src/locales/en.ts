const en = {
  'language.direction': 'ltr',
  'language.choose': 'Language',

  'boot.noScript': 'These pages need JavaScript to keep your link and your password safe. Please turn it on and reload.',
  'boot.unreachable': 'This page cannot reach its server. It keeps trying.',

  'common.support': 'Need help? Write to {address}',
  'common.backToSignIn': 'Back to sign in',
  'common.tryAgain': 'Try again',
  'common.pageTitle': '{page} · {product}',

  'email.label': 'Email address',
  'email.missing': 'Enter your email address.',
  'email.malformed': 'This does not look like an email address. Example: name@example.com',

  'forgot.title': 'Forgot your password?',
  'forgot.intro': 'Enter the email address of your {product} account and we will send you a link to choose a new password.',
  'forgot.submit': 'Send the link',
  'forgot.submitting': 'Sending…',

  'sent.title': 'Check your email',
  'sent.body': 'If an account exists for {email}, a link to choose a new password is on its way.',
  'sent.expiry': 'The link works once and expires in {duration}.',
  'sent.spam': 'Nothing there after a minute or two? Look in your spam folder and check that the address is right.',
  'sent.resend': 'Send it again',
  'sent.wait': 'You can send it again in {duration}.',
  'sent.again': 'Sent again. The newest mail may take a minute.',
  'sent.other': 'Use another address',

  'reset.title': 'Choose a new password',
  'reset.intro': 'This changes the password of your {product} account.',
  'reset.checking': 'Checking your link…',
  'reset.expiry': 'This link expires in {duration}.',
  'reset.password': 'New password',
  'reset.confirmation': 'New password, once more',
  'reset.submit': 'Change the password',
  'reset.submitting': 'Changing…',
  'reset.show': 'Show password',
  'reset.hide': 'Hide password',
  'reset.suggest': 'Suggest a strong password',
  'reset.suggested': 'A password was filled into both fields. Keep it in your password manager.',
  'reset.copy': 'Copy',
  'reset.copied': 'Copied',
  'reset.copyFailed': 'Copying was not allowed here. Select the password and copy it by hand.',
  'reset.match': 'Both passwords match.',
  'reset.mismatch': 'The passwords do not match yet.',
  'reset.missing': 'Enter a new password.',
  'reset.rulesBroken': 'This password does not follow the rules below yet.',
  'reset.confirmationMissing': 'Enter the new password once more.',

  'rules.title': 'Your password needs:',
  'rules.met': 'Done:',
  'rules.open': 'To do:',
  'rules.minLength': 'At least {n} characters',
  'rules.maxLength': 'At most {n} characters',
  'rules.maxBytes': 'Not longer than {n} bytes: letters count one, others such as emoji up to four',
  'rules.upper': 'An upper-case letter',
  'rules.lower': 'A lower-case letter',
  'rules.digit': 'A digit',
  'rules.symbol': 'A symbol, such as ! or ?',
  'rules.guessable': 'Nothing easy to guess, such as a common password, your name or your address',
  'rules.history': 'Not your current password',
  'rules.histories': 'None of your last {n} passwords',

  'strength.label': 'Password strength',
  'strength.0': 'Very weak',
  'strength.1': 'Weak',
  'strength.2': 'Fair',
  'strength.3': 'Good',
  'strength.4': 'Strong',

  'refused.too_short': 'Use at least {n} characters.',
  'refused.too_long': 'This password is too long.',
  'refused.nul': 'This password contains a character that cannot be used.',
  'refused.common': 'This password is among the first that anyone would try. Choose another one.',
  'refused.context': 'This password is made of your name, your address or our name. Choose another one.',
  'refused.same_as_current': 'This is your current password. Choose another one.',
  'refused.reused': 'You have used this password before. Choose another one.',
  'refused.missing_upper': 'Use at least one upper-case letter.',
  'refused.missing_lower': 'Use at least one lower-case letter.',
  'refused.missing_digit': 'Use at least one digit.',
  'refused.missing_symbol': 'Use at least one symbol, such as ! or ?',
  'refused.breached': 'This password is known from a data breach elsewhere. Choose another one.',
  'refused.other': 'This password cannot be used. Choose another one.',

  'invalid.title': 'This link is no longer valid',
  'invalid.body': 'It has expired, was used already, or is not complete.',
  'invalid.newLink': 'Get a new link',
  'missing.title': 'The link is missing',
  'missing.body': 'Open the link in the mail again. For your safety it is kept neither in the address bar nor in the history, so reloading this page loses it.',

  'done.title': 'Your password was changed',
  'done.body': 'You can now sign in with your new password. The link in the mail no longer works.',
  'done.signIn': 'Sign in',

  'offline.title': 'No connection',
  'offline.body': 'The server cannot be reached. Check your connection; nothing was lost, and nothing was changed.',
  'unavailable.title': 'Please try again shortly',
  'unavailable.body': 'The service cannot answer right now. Nothing was changed.',

  'failure.rate_limited': 'Too many requests.',
  'failure.wait': 'You can try again in {duration}.',
  'failure.ready': 'You can try again now.',
  'failure.offline': 'The server cannot be reached. Check your connection and try again.',
  'failure.unavailable': 'The service cannot answer right now. Please try again shortly.',
  'failure.outcomeUnknown': 'We could not find out whether your password was changed. Try signing in with the new one; if that fails, change it here again.',

  'signIn.title': 'Sign in',
  'signIn.password': 'Password',
  'signIn.submit': 'Sign in',
  'signIn.submitting': 'Signing in…',
  'signIn.refused': 'The address or the password is wrong.',
  'signIn.forgot': 'Forgot your password?',
  'signIn.elsewhere': 'Sign in where you usually use {product}: in its app or on its website.',
  'signIn.continue': 'Continue to sign in',

  'signedIn.title': 'You are signed in',
  'signedIn.body': 'You are signed in as {email}. Your session belongs to this page and ends when you sign out.',
  'signedIn.signOut': 'Sign out',
} as const;

export type English = typeof en;

/** What every language has to say: a key too few or too many fails the build. */
export type Catalogue = { [Key in Exclude<keyof English, 'language.direction'>]: string } & {
  'language.direction': 'ltr' | 'rtl';
};

export default en satisfies Catalogue;
