/**
 * Custom elements, for every page that isn't React's: `<password-reset-forgot api-url="…" product-name="…">`.
 *
 * They render into the page itself rather than a shadow, so that password managers see the fields, and the page's style
 * sheet reaches them. Attributes are settings; what happens is told by events. Without `api-url` nothing is shown yet.
 */
import type { ReactNode } from 'react';
// In this file whatever is split off elsewhere, so that it is one; other languages are loaded from beside it.
import '../../../web/src/locales/en.ts';
import './suggest';
import '../../client/src/challenge.ts';
import { createRoot, type Root } from 'react-dom/client';
import type { Catalogue } from './catalogues';
import { CodeForm, ForgotPassword, ResetPassword } from './embedded';
import type { Theme } from './PasswordReset';
import type { Channel, EmailStyle } from './settings';
import { useLinkToken } from './useLinkToken';

const NAMES = [
  'api-url', 'product-name', 'locale', 'client', 'sign-in-url', 'channels', 'email-style', 'token-ttl', 'code-ttl', 'token', 'flow',
] as const;

abstract class FormElement extends HTMLElement {
  static readonly observedAttributes = NAMES;
  /** Texts in place of the catalogue's, by its keys. */
  #texts: Partial<Catalogue> | undefined;
  /** Custom properties of the style sheet, by their names without `--`. */
  #theme: Theme | undefined;
  #root: Root | null = null;

  get texts() {
    return this.#texts;
  }

  set texts(texts) {
    this.#texts = texts;
    this.update();
  }

  get theme() {
    return this.#theme;
  }

  set theme(theme) {
    this.#theme = theme;
    this.update();
  }

  connectedCallback() {
    this.#root ??= createRoot(this);
    this.update();
  }

  disconnectedCallback() {
    const root = this.#root;
    this.#root = null;
    queueMicrotask(() => root?.unmount()); // React may be the one that takes it away
  }

  attributeChangedCallback() {
    this.update();
  }

  protected abstract render(): ReactNode;

  protected get shared() {
    const seconds = (name: string) => (this.hasAttribute(name) ? Number(this.getAttribute(name)) : undefined);
    const shared = {
      apiUrl: this.getAttribute('api-url') ?? '',
      productName: this.getAttribute('product-name') ?? document.title,
      locale: this.getAttribute('locale') ?? (document.documentElement.lang || undefined),
      client: this.getAttribute('client') ?? undefined,
      signInUrl: this.getAttribute('sign-in-url') ?? undefined,
      texts: this.texts,
      theme: this.theme,
      onStep: (step: string) => this.tell('step', { step }),
      onDone: () => this.tell('done'),
    };
    const more = {
      channels: this.getAttribute('channels')?.split(',') as Channel[] | undefined,
      emailStyle: this.getAttribute('email-style') as EmailStyle | undefined,
      tokenTtlSeconds: seconds('token-ttl'),
      codeTtlSeconds: seconds('code-ttl'),
    };
    type More = { [Name in keyof typeof more]?: NonNullable<(typeof more)[Name]> };
    return { ...shared, ...(Object.fromEntries(Object.entries(more).filter(([, value]) => value != null)) as More) };
  }

  protected tell(name: string, detail?: unknown) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  protected update() {
    if (this.hasAttribute('api-url')) this.#root?.render(this.render());
  }
}

export class PasswordResetForgot extends FormElement {
  protected override render() {
    return <ForgotPassword {...this.shared} />;
  }
}

/** Without the attribute `token` it takes the one of the page's address, and takes it out of there. */
export class PasswordResetReset extends FormElement {
  protected override render() {
    const reset = (token: string) => <ResetPassword {...this.shared} token={token} />;
    const token = this.getAttribute('token');
    return token === null ? <ByLink render={reset} /> : reset(token);
  }
}

function ByLink({ render }: { render: (token: string) => ReactNode }) {
  return render(useLinkToken());
}

/** Exchanges the code for a token, which the event `token` hands on in its `detail`. */
export class PasswordResetCode extends FormElement {
  protected override render() {
    const { onDone: _, onStep: __, ...shared } = this.shared;
    return <CodeForm {...shared} flow={this.getAttribute('flow') ?? ''} onToken={(token) => this.tell('token', { token })} />;
  }
}

for (const [name, element] of [
  ['password-reset-forgot', PasswordResetForgot],
  ['password-reset-reset', PasswordResetReset],
  ['password-reset-code', PasswordResetCode],
] as const) {
  if (!customElements.get(name)) customElements.define(name, element);
}
