/** What the package offers. */
export { type Challenge, solve } from './challenge.js';
export { type CallOptions, Client, type ClientOptions, type ForgotPasswordOptions } from './client.js';
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
export type { FieldProblem, Problem, ProblemCode, Result } from './problems.js';
export { takeToken } from './token.js';
