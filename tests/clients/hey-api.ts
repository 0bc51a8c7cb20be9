/** The whole flow with hey-api's functions. */
import { client } from './generated/hey-api/client.gen.js';
import { forgotPassword, resetPassword, verifyResetToken } from './generated/hey-api/index.js';
import { createAccount, expect, mailedToken, newPassword, url } from './outbox.js';

client.setConfig({ baseUrl: url });
const email = await createAccount();
const asked = await forgotPassword({ body: { email } });
expect(typeof asked.data?.flow, 'string');
const token = await mailedToken(email);
const verified = await verifyResetToken({ body: { token } });
expect([verified.data?.valid, verified.data?.email], [true, email]);
const refused = await resetPassword({ body: { token, newPassword: 'short' } });
expect([refused.error?.code, refused.error?.errors?.[0]?.code], ['weak_password', 'too_short']);
const changed = await resetPassword({ body: { token, newPassword } });
expect(changed.response?.status, 200);
const again = await resetPassword({ body: { token, newPassword } });
expect(again.error?.code, 'invalid_token');
