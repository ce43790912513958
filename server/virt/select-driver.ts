/**
 * Which driver a peer's URI means: one of those that the operator named, by driver and path, letter for letter.
 * Nothing else in it is accepted and no byte of it is used for anything. Throws DriverError.
 */
import type { Driver } from '../drivers/driver.ts';
import { DriverError, invalidArgument } from '../drivers/error.ts';

const URI = /^([a-z][a-z0-9]*)(\+[^:/]*)?:\/\/([^/?#]*)(\/[^?#]*)?([?#].*)?$/s;

/** Without a URI: the first. `drivers` has at least one. */
export function selectDriver(uri: string | null, drivers: readonly Driver[]): Driver {
  const [first] = drivers;
  if (first === undefined) throw new DriverError('NO_CONNECT', 'no connection driver available');
  if (uri === null || uri === '') return first;
  const match = URI.exec(uri);
  if (match === null) throw invalidArgument('this is no URI of a driver');
  const [, name, transport, authority, path = '', parameters] = match;
  if (transport !== undefined) throw refused('a transport');
  if (authority !== '') throw refused('a user, a host or a port');
  if (parameters !== undefined) throw refused('parameters');
  const selected = drivers.find((driver) => driver.uri === `${name}://${path}`);
  if (selected === undefined)
    throw new DriverError('NO_CONNECT', `no connection driver available for ${name}://${path}`);
  return selected;
}

function refused(what: string): DriverError {
  return invalidArgument(`the URI that a connection opens has no place for ${what}`);
}
