/**
 * The front door of the `.x` language: source text in, a resolved module out, or all findings thrown at once.
 */
import { Cursor } from './cursor.ts';
import { IdlError, IdlErrors } from './error.ts';
import type { IdlModule } from './module.ts';
import { type IdlOptions, joinPath, type ResolvedLimits, resolveLimits } from './options.ts';
import { parseDefinitions } from './parser.ts';
import { type PassedLines, preprocess } from './preprocess.ts';
import { resolve } from './resolver.ts';
import type { DefinitionNode } from './syntax.ts';

/**
 * Parse and resolve `source` (RFC 4506, RFC 5531, and the dialects real files use).
 * Throws IdlErrors, which lists every finding; nothing else. Time and memory are linear in the source.
 */
export function parseIdl(source: string, options: IdlOptions = {}): IdlModule {
  const file = options.file ?? '<source>';
  const limits = resolveLimits(options.limits);
  return collect(limits, (report) => {
    const { definitions, passed } = load(source, options, limits, report);
    const module = attempt(limits, (inner) => resolve(file, definitions, passed.defines, inner));
    if (!(module instanceof IdlErrors)) return module;
    const behind = headerDefinitions(passed, definitions, options, limits);
    const retried =
      behind.length === 0
        ? module
        : attempt(limits, (inner) => resolve(file, [...behind, ...definitions], passed.defines, inner));
    if (!(retried instanceof IdlErrors)) return retried;
    for (const e of module.errors) report(e);
    return undefined;
  });
}

/** Run `work`, which reports findings; if there were any, throw them all. */
function collect<T>(limits: ResolvedLimits, work: (report: (e: IdlError) => void) => T | undefined): T {
  const errors: IdlError[] = [];
  const report = (e: IdlError) => {
    errors.push(e);
    if (errors.length >= limits.maxErrors) throw new IdlErrors(errors);
  };
  let result: T | undefined;
  try {
    result = work(report);
  } catch (e) {
    // A limit ends the run as one more finding.
    if (e instanceof IdlError) throw new IdlErrors([...errors, e]);
    throw e;
  }
  if (errors.length > 0 || result === undefined) throw new IdlErrors(errors);
  return result;
}

function attempt<T>(limits: ResolvedLimits, work: (report: (e: IdlError) => void) => T): T | IdlErrors {
  try {
    return collect(limits, work);
  } catch (e) {
    if (e instanceof IdlErrors) return e;
    throw e;
  }
}

function load(
  source: string,
  options: IdlOptions,
  limits: ResolvedLimits,
  report: (e: IdlError) => void,
): { definitions: DefinitionNode[]; passed: PassedLines } {
  const { tokens, end, passed } = preprocess(source, options, limits, report);
  return { definitions: parseDefinitions(new Cursor(tokens, end), limits.maxNesting, report), passed };
}

/**
 * `%#include <rpcsvc/nis.h>` gives C the types that rpcgen made of nis.x. So where a name is missing, the types
 * and constants of that `.x`, if it lies beside the source or under an include folder, come first.
 */
function headerDefinitions(
  passed: PassedLines,
  own: readonly DefinitionNode[],
  options: IdlOptions,
  limits: ResolvedLimits,
): DefinitionNode[] {
  const names = new Set(own.map((d) => d.name.text));
  const found: DefinitionNode[] = [];
  const waiting = [...passed.includes];
  const seen = new Set([options.file]);
  for (let header = waiting.shift(); header !== undefined; header = waiting.shift()) {
    if (!header.endsWith('.h')) continue;
    const name = header.replace(/h$/, 'x');
    const beside = (options.file ?? '').replace(/[^/]*$/, '');
    const paths = [beside, ...(options.includeDirs ?? [])].map((folder) => joinPath(folder, name));
    paths.unshift(joinPath(beside, name.replace(/^.*\//, '')));
    for (const file of paths) {
      if (seen.has(file) || seen.size > limits.maxIncludeDepth) continue;
      seen.add(file);
      const source = options.readFile?.(file) ?? null;
      if (source === null) continue;
      const loaded = attempt(limits, (report) => load(source, { ...options, file }, limits, report));
      if (loaded instanceof IdlErrors) break;
      found.push(...loaded.definitions.filter((d) => d.kind !== 'program' && !names.has(d.name.text)));
      waiting.push(...loaded.passed.includes);
      break;
    }
  }
  return found;
}
