/** The local server as a person's mailbox: accounts to forget the password of, and the links that are mailed. */

export const url = process.env.PASSWORD_RESET_URL!;
export const newPassword = 'purple otters read quietly';

export async function createAccount(): Promise<string> {
  const email = `${crypto.randomUUID()}@example.com`;
  const body = JSON.stringify({ email, password: 'an old and tired password' });
  await fetch(`${url}/_local/users`, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
  return email;
}

export async function mailedToken(email: string): Promise<string> {
  for (let look = 0; look < 100; look += 1) {
    const mails = (await (await fetch(`${url}/_local/outbox`)).json()) as { to: string[]; text: string }[];
    const found = mails.find((mail) => mail.to.includes(email))?.text.match(/#token=([\w-]{43})/);
    if (found) return found[1]!;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no mail to ${email}`);
}

export function expect(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }
}
