/** The API's own description, by the names that callers use: nothing here is written by hand, so nothing can drift. */
import type { components } from './openapi.js';

export type Schemas = components['schemas'];

/** A request's optional members may be undefined too: JSON leaves them out. */
type Sent<Body> = { [Name in keyof Body]: object extends Pick<Body, Name> ? Body[Name] | undefined : Body[Name] };

export type ForgotPasswordRequest = Sent<Schemas['ForgotPasswordRequest']>;
export type ForgotPasswordAnswer = Schemas['ForgotPasswordAnswer'];
export type VerifyResetTokenRequest = Sent<Schemas['VerifyResetTokenRequest']>;
export type VerifyResetTokenAnswer = Schemas['VerifyResetTokenAnswer'];
export type VerifyResetCodeRequest = Sent<Schemas['VerifyResetCodeRequest']>;
export type VerifyResetCodeAnswer = Schemas['VerifyResetCodeAnswer'];
export type VerifyResetFactorRequest = Sent<Schemas['VerifyResetFactorRequest']>;
export type VerifyResetFactorAnswer = Schemas['VerifyResetFactorAnswer'];
export type ResetPasswordRequest = Sent<Schemas['ResetPasswordRequest']>;
export type ResetPasswordAnswer = Schemas['ResetPasswordAnswer'];
export type ReportChangeRequest = Sent<Schemas['ReportChangeRequest']>;
export type ReportChangeAnswer = Schemas['ReportChangeAnswer'];
export type SignInRequest = Sent<Schemas['SignInRequest']>;
export type SignInAnswer = Schemas['SignInAnswer'];
export type MeAnswer = Schemas['MeAnswer'];
export type PasswordPolicy = Schemas['PasswordPolicy'];
export type Challenge = Schemas['ChallengeAnswer'];
export type Channel = NonNullable<ForgotPasswordRequest['channel']>;
export type Factor = VerifyResetFactorRequest['kind'];
