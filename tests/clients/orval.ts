/** The whole flow with orval's functions, whose answers are told apart by their status. */
import { forgotPassword, resetPassword, verifyResetToken } from './generated/orval.js';
import { createAccount, expect, mailedToken, newPassword } from './outbox.js';

const email = await createAccount();
const asked = await forgotPassword({ email });
if (asked.status !== 200) throw new Error(asked.data.code);
expect(typeof asked.data.flow, 'string');
const token = await mailedToken(email);
const verified = await verifyResetToken({ token });
if (verified.status !== 200) throw new Error(verified.data.code);
expect([verified.data.valid, verified.data.email], [true, email]);
const refused = await resetPassword({ token, newPassword: 'short' });
if (refused.status !== 400) throw new Error(`${refused.status}`);
expect([refused.data.code, refused.data.errors?.[0]?.code], ['weak_password', 'too_short']);
const changed = await resetPassword({ token, newPassword });
expect(changed.status, 200);
const again = await resetPassword({ token, newPassword });
if (again.status !== 400) throw new Error(`${again.status}`);
expect(again.data.code, 'invalid_token');
