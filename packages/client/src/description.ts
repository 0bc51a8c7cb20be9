/** The API's own description, by the names that callers use: nothing here is written by hand, so nothing can drift. */
import type { components } from './openapi.js';

export type Schemas = components['schemas'];

export type ForgotPasswordRequest = Schemas['ForgotPasswordRequest'];
export type ForgotPasswordAnswer = Schemas['ForgotPasswordAnswer'];
export type VerifyResetTokenRequest = Schemas['VerifyResetTokenRequest'];
export type VerifyResetTokenAnswer = Schemas['VerifyResetTokenAnswer'];
export type VerifyResetCodeRequest = Schemas['VerifyResetCodeRequest'];
export type VerifyResetCodeAnswer = Schemas['VerifyResetCodeAnswer'];
export type VerifyResetFactorRequest = Schemas['VerifyResetFactorRequest'];
export type VerifyResetFactorAnswer = Schemas['VerifyResetFactorAnswer'];
export type ResetPasswordRequest = Schemas['ResetPasswordRequest'];
export type ResetPasswordAnswer = Schemas['ResetPasswordAnswer'];
export type ReportChangeRequest = Schemas['ReportChangeRequest'];
export type ReportChangeAnswer = Schemas['ReportChangeAnswer'];
export type SignInRequest = Schemas['SignInRequest'];
export type SignInAnswer = Schemas['SignInAnswer'];
export type MeAnswer = Schemas['MeAnswer'];
export type PasswordPolicy = Schemas['PasswordPolicy'];
export type Challenge = Schemas['ChallengeAnswer'];
export type Channel = NonNullable<ForgotPasswordRequest['channel']>;
export type Factor = VerifyResetFactorRequest['kind'];
