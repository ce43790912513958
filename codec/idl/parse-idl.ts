/**
 * The front door of the `.x` language: source text in, a resolved module out, or all findings thrown at once.
 */
import { Cursor } from './cursor.ts';
import { IdlError, IdlErrors } from './error.ts';
import type { IdlModule } from './module.ts';
import { type IdlOptions, resolveLimits } from './options.ts';
import { parseDefinitions } from './parser.ts';
import { preprocess } from './preprocess.ts';
import { resolve } from './resolver.ts';

/**
 * Parse and resolve `source` (RFC 4506, RFC 5531, and the dialects docs/idl.md lists).
 * Throws IdlErrors, which lists every finding; nothing else. Time and memory are linear in the source.
 */
export function parseIdl(source: string, options: IdlOptions = {}): IdlModule {
  const limits = resolveLimits(options.limits);
  const errors: IdlError[] = [];
  const report = (e: IdlError) => {
    errors.push(e);
    if (errors.length >= limits.maxErrors) throw new IdlErrors(errors);
  };
  let module: IdlModule;
  try {
    const { tokens, end } = preprocess(source, options, limits, report);
    const definitions = parseDefinitions(new Cursor(tokens, end), limits.maxNesting, report);
    module = resolve(options.file ?? end.file, definitions, report);
  } catch (e) {
    // A limit ends the run as one more finding.
    if (e instanceof IdlError) throw new IdlErrors([...errors, e]);
    throw e;
  }
  if (errors.length > 0) throw new IdlErrors(errors);
  return module;
}
