/**
 * What the schemas of domains and networks share. zod is handed over by whoever loaded it.
 */
import type * as Zod from 'zod';
import { type DriverError, xmlError } from '../../drivers/error.ts';

/** Text of which `problem` finds nothing to say. */
export function textThat(z: typeof Zod, problem: (text: string) => string | null): Zod.ZodType<string> {
  return z.string().superRefine((text, context) => {
    const message = problem(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });
}

/** The first thing that is wrong, by the path of its element. */
export function firstIssue(root: string, error: Zod.ZodError): DriverError {
  const issue = error.issues[0];
  const path = [root, ...(issue?.path ?? [])].map(String).join('.');
  return xmlError(`${path}: ${issue?.message ?? 'not valid'}`);
}
