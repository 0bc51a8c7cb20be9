/** What the package offers. */
export { type Challenge, solve } from './challenge.js';
export { Client, type ClientOptions } from './client.js';
export type {
  Channel,
  Factor,
  ForgotPasswordAnswer,
  ForgotPasswordRequest,
  MeAnswer,
  PasswordPolicy,
  ReportChangeAnswer,
  ReportChangeRequest,
  ResetPasswordAnswer,
  ResetPasswordRequest,
  SignInAnswer,
  SignInRequest,
  VerifyResetCodeAnswer,
  VerifyResetCodeRequest,
  VerifyResetFactorAnswer,
  VerifyResetFactorRequest,
  VerifyResetTokenAnswer,
  VerifyResetTokenRequest,
} from './description.js';
export { type CallOptions, ClientWithoutRetries, type ForgotPasswordOptions, type SingleOptions } from './endpoints.js';
export type { FieldProblem, Problem, ProblemCode, Result } from './problems.js';
export { takeToken } from './token.js';
