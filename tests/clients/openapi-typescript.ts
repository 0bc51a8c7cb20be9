/** The whole flow with openapi-typescript's types and openapi-fetch. */
import createClient from 'openapi-fetch';
import type { paths } from './generated/openapi-typescript.js';
import { createAccount, expect, mailedToken, newPassword, url } from './outbox.js';

const client = createClient<paths>({ baseUrl: url });
const email = await createAccount();
const asked = await client.POST('/auth/forgot-password', { body: { email } });
expect(typeof asked.data?.flow, 'string');
const token = await mailedToken(email);
const verified = await client.POST('/auth/verify-reset-token', { body: { token } });
expect([verified.data?.valid, verified.data?.email], [true, email]);
const refused = await client.POST('/auth/reset-password', { body: { token, newPassword: 'short' } });
expect([refused.error?.code, refused.error?.errors?.[0]?.code], ['weak_password', 'too_short']);
const changed = await client.POST('/auth/reset-password', { body: { token, newPassword } });
expect(changed.response.status, 200);
const again = await client.POST('/auth/reset-password', { body: { token, newPassword } });
expect(again.error?.code, 'invalid_token');
