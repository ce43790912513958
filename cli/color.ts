/** Whether to colour: `--color` decides, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal. */
import type { Arguments } from './arguments.ts';
import type { Io } from './command.ts';

export function wantsColor(args: Arguments, io: Pick<Io, 'env' | 'stdout'>): boolean {
  const when = args.text('color');
  if (when === 'always') return true;
  if (when === 'never') return false;
  if ((io.env.NO_COLOR ?? '') !== '') return false;
  const force = io.env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return io.stdout.isTty && io.env.TERM !== 'dumb';
}
