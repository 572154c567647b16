import { randomInt } from 'node:crypto';

/** Without those that look alike. */
const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 5;
const GROUP_LETTERS = 5;

/** 125 random bits that can be read aloud. */
export const generatedPassword = (): string =>
  Array.from({ length: GROUPS }, () => Array.from({ length: GROUP_LETTERS }, () => letters[randomInt(letters.length)]).join('')).join('-');
