/** Policies for tests. */
import type { PasswordPolicy } from './api';

export const POLICY: PasswordPolicy = {
  minLength: 8,
  maxLength: null,
  maxBytes: 72,
  requireUppercase: false,
  requireLowercase: false,
  requireDigit: false,
  requireSymbol: false,
  history: 1,
  breachCheck: false,
};

export const CLASSIC: PasswordPolicy = {
  ...POLICY,
  maxLength: 20,
  requireUppercase: true,
  requireLowercase: true,
  requireDigit: true,
  requireSymbol: true,
};
