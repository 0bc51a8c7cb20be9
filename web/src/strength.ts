/** How hard a password is to guess. The estimator and its dictionaries are loaded once there is a form. */
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

export type Score = 0 | 1 | 2 | 3 | 4;

const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });

/** `context` holds words that an attacker would try first, such as the product's name. */
export function score(password: string, context: string[]): Score {
  return estimator.check(password, context).score as Score;
}
