/**
 * Which parts of messages are taken for state of the server: names of it that a reply gives and a later call uses,
 * and that another run of the server chooses anew. By default told from types and content; a rules file, which a run
 * writes and a person edits, names them instead. `parseRules` throws ReplayError BAD_RULES.
 */
import { ReplayError } from './errors.ts';
import type { Leaf } from './leaves.ts';

/** bytes: opaques and UUIDs in text, by their content wherever they stand. integer: by content and field. */
export type StateKind = 'bytes' | 'integer';

/** A class of values: a typedef's name, or `struct.field`. The counts are what a run saw of it. */
export interface MapRule {
  readonly class: string;
  readonly kind: StateKind;
  readonly learned?: number;
  readonly used?: number;
}

/** A value known beforehand, as JSON shows it. */
export interface FixedValue {
  readonly class: string;
  readonly from: string | number;
  readonly to: string | number;
}

export interface MapRules {
  readonly version: 1;
  readonly rules: readonly MapRule[];
  readonly values: readonly FixedValue[];
  /** times so near the run they are of (in seconds) count as mapped; 0: times are compared as they are */
  readonly clockSeconds: number;
}

/** Words that say that a field is the server's name of something. */
const STATE_WORDS = new Set(
  'callback change changeid clientid cookie cookieverf fh fhandle fileid filehandle fsid generation handle id ids key other registration seqid sequence sequenceid serial session sessionid stateid token uuid verf verifier writeverf'.split(
    ' ',
  ),
);

const MIN_BYTES = 4;
/** Opaques up to this length may be names; longer ones are contents. */
const MAX_BYTES = 1024;

/** What a leaf is called in rules. */
export function classOf({ typedef, owner, field }: Leaf): string {
  if (typedef !== '') return typedef;
  return owner === '' ? field : `${owner}.${field}`;
}

/** The kind of state that a leaf of this type may be at all. */
export function kindOf({ type }: Leaf): StateKind | null {
  if (type.kind === 'opaque' || type.kind === 'string') return 'bytes';
  return type.kind === 'integer' && type.bits >= 32 ? 'integer' : null;
}

/** Whether a leaf is named as state is: by its own names, and an opaque also by what it is all or part of (nfs_fh3). */
export function isNamedAsState({ type, typedef, field, owner }: Leaf): boolean {
  const names = type.kind === 'opaque' ? [typedef, field, owner] : [typedef, field];
  return names.some((name) => wordsOf(name).some((word) => STATE_WORDS.has(word)));
}

/** Whether its bytes could be a name of something, whatever it is called. */
export function couldBeState(bytes: Uint8Array): boolean {
  return bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES && bytes.some((byte) => byte !== 0);
}

/** 'nfs_fh3' to nfs, fh; 'callbackID' to callback, id. */
function wordsOf(name: string): string[] {
  const spaced = name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return spaced.split('_').map((word) => word.replace(/\d+$/, ''));
}

export function parseRules(text: string): MapRules {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ReplayError('BAD_RULES', `not JSON: ${(error as Error).message}`, error);
  }
  const { version, rules, values = [], clockSeconds = 0 } = objectOf(json, 'the rules') as Partial<MapRules>;
  if (version !== 1) throw new ReplayError('BAD_RULES', 'version 1 expected');
  if (typeof clockSeconds !== 'number' || !(clockSeconds >= 0)) {
    throw new ReplayError('BAD_RULES', 'clockSeconds is no number of seconds');
  }
  return {
    version,
    rules: listOf(rules, 'rules', rule),
    values: listOf(values, 'values', fixed),
    clockSeconds,
  };
}

function rule(json: object): MapRule {
  const { class: name, kind } = json as Partial<MapRule>;
  if (typeof name !== 'string' || (kind !== 'bytes' && kind !== 'integer')) {
    throw new ReplayError('BAD_RULES', 'a rule has a class and a kind, bytes or integer');
  }
  return { class: name, kind };
}

function fixed(json: object): FixedValue {
  const { class: name, from, to } = json as Partial<FixedValue>;
  const isValue = (value: unknown) => typeof value === 'string' || Number.isSafeInteger(value);
  if (typeof name !== 'string' || !isValue(from) || !isValue(to)) {
    throw new ReplayError('BAD_RULES', 'a value has a class, from and to');
  }
  return { class: name, from: from!, to: to! };
}

function listOf<T>(json: unknown, what: string, parse: (entry: object) => T): T[] {
  if (!Array.isArray(json)) throw new ReplayError('BAD_RULES', `${what} is no list`);
  return json.map((entry: unknown, i) => parse(objectOf(entry, `${what}[${i}]`)));
}

function objectOf(json: unknown, what: string): object {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  throw new ReplayError('BAD_RULES', `${what} is no object`);
}
