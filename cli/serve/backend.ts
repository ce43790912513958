/**
 * What the daemon serves: the VIRT program over its drivers. The one place where the command line meets server/virt.
 */
import { programs } from '../../codec/programs/virt.gen.ts';
import type { Service } from '../../transport/peer-types.ts';
import type { Log } from './log.ts';
import type { ServeSettings } from './settings.ts';

export interface Backend {
  readonly services: readonly Service[];
  close(): Promise<void>;
}

export async function openBackend(_settings: ServeSettings, _log: Log): Promise<Backend> {
  const program = programs.find(({ number }) => number === 0x20001a65);
  if (program === undefined) throw new TypeError('virt.x has no program VIRT');
  return { services: [{ program, handler: () => undefined }], close: async () => undefined };
}
