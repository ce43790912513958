/**
 * How many columns a line of help takes. The build gives it to yargs in place of `string-width`, whose tables and
 * patterns cost every command 25 ms of start; our help has no wide characters and no emoji.
 */
import { stripVTControlCharacters } from 'node:util';

export default function textWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}
