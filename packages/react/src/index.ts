/** What the package offers to React. */
export { Client, type ClientOptions, type Factor, type PasswordPolicy, type Problem, type Result, takeToken } from '@example/password-reset';
export type { AddressError } from './addresses';
export type { Catalogue, Language } from './catalogues';
export type { FailureMessage } from './components/FailureNotice';
export { CodeForm, type CodeFormProps, ForgotPassword, type ForgotPasswordProps, ResetPassword, type ResetPasswordProps } from './embedded';
export { PasswordReset, type PasswordResetProps, type Step, type Theme } from './PasswordReset';
export type { Reason } from './refusals';
export type { Rule } from './rules';
export { type CodeFormOptions, type CodeRefusal, useCodeForm } from './useCodeForm';
export { type FactorFormOptions, type FactorRefusal, useFactorForm } from './useFactorForm';
export { useForgotPassword } from './useForgotPassword';
export { useLinkToken } from './useLinkToken';
export { type NewPasswordOptions, useNewPassword } from './useNewPassword';
export { type ResetState, useResetPassword } from './useResetPassword';
export { type Key, useWords, type Words } from './words';
