/** An Inspection by what a command line asks for; a bad display filter is a usage error that points at its place. */
import { isFilterError, showPlace } from '../dissector/filter/index.ts';
import { Inspection, type InspectionOptions } from '../dissector/inspect.ts';
import { CliError } from './errors.ts';

export function newInspection(options: InspectionOptions): Inspection {
  try {
    return new Inspection(options);
  } catch (e) {
    if (!isFilterError(e)) throw e;
    const detail = showPlace(e.expression, e);
    throw new CliError('display filter', e.message, {
      cause: e,
      ...(detail === undefined ? {} : { detail }),
    });
  }
}
