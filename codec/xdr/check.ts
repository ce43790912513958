/**
 * Whether something is a value of a type, by the walker's own judgement and without keeping the bytes.
 */
import { isXdrError, type XdrError } from './errors.ts';
import type { CodecOptions } from './limits.ts';
import type { XdrType } from './types.ts';
import { walkEncode } from './walk-encode.ts';
import { Writer } from './writer.ts';

const SMALL = 64;

/**
 * Why `value` is no value of the type, or undefined where it is one. `depth`: how deep it is within another value,
 * 1 for a whole one.
 */
export function checkValue(
  type: XdrType,
  value: unknown,
  options: CodecOptions = {},
  depth = 1,
): XdrError | undefined {
  try {
    walkEncode(type, value, new Writer(SMALL), options, depth);
  } catch (error) {
    if (isXdrError(error)) return error;
    throw error;
  }
  return undefined;
}
