/**
 * What a display filter is while it is typed: valid, valid about fields that this capture has nothing of, or wrong and
 * where; and what the word under the cursor may become. Nothing throws.
 */
import { compileFilter, isFilterError } from '../../dissector/filter/index.ts';
import type { PacketWalker } from '../../dissector/tree/packet-walker.ts';
import type { Completion } from '../panes/line-editor.ts';
import type { Trace } from './trace.ts';

export type FilterState =
  | { readonly state: 'empty' | 'valid' }
  | { readonly state: 'unknown'; readonly message: string }
  /** `at`, `end`: columns of what is wrong; -1: all of it */
  | { readonly state: 'invalid'; readonly message: string; readonly at: number; readonly end: number };

/** Protocols that say something of every packet. */
const ALWAYS = new Set(['frame', '_ws.col', '_ws.expert', '_ws.malformed', 'data']);

export function checkFilter(text: string, walker: PacketWalker, trace: Trace): FilterState {
  if (text.trim() === '') return { state: 'empty' };
  try {
    const { fields } = compileFilter(text, walker.registry);
    const seen = trace.protocolsSeen(walker.programs);
    const strange = fields.find(({ protocol }) => !ALWAYS.has(protocol) && !seen.has(protocol));
    if (strange === undefined || trace.length === 0) return { state: 'valid' };
    return { state: 'unknown', message: `no packet so far has ${strange.name}` };
  } catch (e) {
    if (!isFilterError(e)) throw e;
    return { state: 'invalid', message: e.message, at: e.at, end: Math.max(e.end, e.at + 1) };
  }
}

const MAX_WORDS = 200;

/** Names of fields that begin as the word before the cursor, or values of the field that is compared there. */
export function completeFilter(text: string, cursor: number, walker: PacketWalker, trace: Trace): Completion {
  const before = text.slice(0, cursor);
  const value = /([A-Za-z_][\w.-]*)\s*(?:==|!=|eq|ne|in\s*\{[^}]*)\s*("?[^"\s]*)$/.exec(before);
  if (value !== null) return completeValue(value[1]!, value[2]!, cursor, walker);
  const word = /[A-Za-z_][\w.-]*$/.exec(before)?.[0] ?? '';
  const from = cursor - word.length;
  if (word === '') return { from, words: [] };
  const { registry } = walker;
  // the fields of a program are there once one of its names was asked for
  registry.find(word.includes('.') ? word : `${word}.`);
  const seen = trace.protocolsSeen(walker.programs);
  const names = registry
    .all()
    .filter(({ name, protocol }) => name.startsWith(word) && protocol !== '_ws.col')
    .map(({ name, protocol }) => ({ name, here: seen.has(protocol) || ALWAYS.has(protocol) }));
  // what is there before what is not, short before long
  names.sort(
    (a, b) => Number(b.here) - Number(a.here) || dots(a.name) - dots(b.name) || compare(a.name, b.name),
  );
  const words = [...new Set(names.map(({ name }) => name))];
  for (const program of walker.programs.protocols()) {
    if (program.name.startsWith(word) && !words.includes(program.name)) words.unshift(program.name);
  }
  return { from, words: words.slice(0, MAX_WORDS) };
}

function completeValue(field: string, begun: string, cursor: number, { registry }: PacketWalker): Completion {
  const def = registry.find(field);
  const from = cursor - begun.length;
  if (def === undefined) return { from, words: [] };
  if (def.type === 'boolean')
    return { from, words: ['True', 'False'].filter((word) => word.startsWith(begun)) };
  const bare = begun.replace(/^"/, '').toLowerCase();
  const words = [...(def.strings?.values() ?? [])]
    .filter((text) => text.toLowerCase().startsWith(bare))
    .map((text) => JSON.stringify(text));
  return { from, words: words.slice(0, MAX_WORDS) };
}

function dots(name: string): number {
  return name.split('.').length;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
