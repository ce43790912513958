/** XML from a file or standard input, bounded, in UTF-8. Throws CliError (status 2). */
import { VIRT_XML_MAX } from '../../codec/programs/virt.gen.ts';
import { readInput } from '../cases.ts';
import type { Io } from '../command.ts';
import { CliError } from '../errors.ts';

export async function readXml(file: string, io: Io): Promise<string> {
  const bytes = await readInput(file, io);
  if (bytes.length > VIRT_XML_MAX) {
    throw new CliError(file, `has ${bytes.length} bytes; a definition has at most ${VIRT_XML_MAX}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (e) {
    throw new CliError(file, 'is not UTF-8', { cause: e });
  }
}
