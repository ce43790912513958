/**
 * What domains and networks are called. Names never become file names, and still must be none that look like a path.
 * Each check gives what is wrong, or null.
 */

const NAME_BYTES = 255;
const INTERFACE_BYTES = 15;

export function nameProblem(name: string): string | null {
  if (name.trim() === '') return 'a name is needed';
  if (Buffer.byteLength(name) > NAME_BYTES) return `a name has at most ${NAME_BYTES} bytes`;
  if (name === '.' || name === '..') return `'${name}' is no name`;
  if (name.includes('/')) return "a name has no '/'";
  if (/[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(name)) return 'a name has no control characters';
  return null;
}

/** Of a network interface, as Linux has it. */
export function interfaceNameProblem(name: string): string | null {
  if (name === '' || name === '.' || name === '..') return 'an interface name is needed';
  if (Buffer.byteLength(name) > INTERFACE_BYTES)
    return `an interface name has at most ${INTERFACE_BYTES} bytes`;
  // Programs that are told of it would take a dash in front for an option.
  return /^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/.test(name)
    ? null
    : 'an interface name has letters, digits, dots, underscores and, not in front, dashes';
}
