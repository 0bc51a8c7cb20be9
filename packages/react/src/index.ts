/** What the package offers to React. */
export { takeToken } from '@example/password-reset';
export type { Catalogue, Language } from './catalogues';
export { CodeForm, type CodeFormProps, ForgotPassword, type ForgotPasswordProps, ResetPassword, type ResetPasswordProps } from './embedded';
export { PasswordReset, type PasswordResetProps, type Step, type Theme } from './PasswordReset';
export { type CodeFormOptions, type CodeRefusal, useCodeForm } from './useCodeForm';
export { useForgotPassword } from './useForgotPassword';
export { type NewPasswordOptions, useNewPassword } from './useNewPassword';
export { type ResetState, useResetPassword } from './useResetPassword';
export { useWords, type Words } from './words';
