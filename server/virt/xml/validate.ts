/**
 * What the schemas of domains and networks share. zod is handed over by whoever loaded it.
 */
import type * as Zod from 'zod';
import { type DriverError, xmlError } from '../../drivers/error.ts';
import { childElement, childElements, type XmlElement } from './element.ts';

/** Text of which `problem` finds nothing to say. */
export function textThat(z: typeof Zod, problem: (text: string) => string | null): Zod.ZodType<string> {
  return z.string().superRefine((text, context) => {
    const message = problem(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });
}

/**
 * Refuses elements inside of those that are written anew from what was understood of them: they would be lost, and
 * the text around them taken for one. A path is of names, dots between.
 */
export function requirePlain(root: XmlElement, paths: readonly string[]): void {
  for (const path of paths) {
    const found = path
      .split('.')
      .reduce<XmlElement | undefined>((parent, name) => childElement(parent, name), root);
    const inside = found && childElements(found)[0];
    if (inside !== undefined) throw xmlError(`${root.name}.${path}: text is expected, not <${inside.name}>`);
  }
}

/** The first thing that is wrong, by the path of its element. */
export function firstIssue(root: string, error: Zod.ZodError): DriverError {
  const issue = error.issues[0];
  const path = [root, ...(issue?.path ?? [])].map(String).join('.');
  return xmlError(`${path}: ${issue?.message ?? 'not valid'}`);
}
