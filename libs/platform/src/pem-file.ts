import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The path of a file with PEM text: that it can be read, and holds what it shall, is said with the other faults of the configuration. */
const pemFile = (kind: string, content: RegExp) =>
  z
    .string()
    .min(1)
    .superRefine((path, context) => {
      const fault = faultOf(path, kind, content);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    });

export const certificateFile = pemFile('certificate', /-----BEGIN CERTIFICATE-----/);
export const privateKeyFile = pemFile('private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/);

function faultOf(path: string, kind: string, content: RegExp): string | undefined {
  try {
    return content.test(readFileSync(path, 'utf8')) ? undefined : `${path} holds no PEM ${kind}`;
  } catch (error) {
    return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
