/**
 * The drivers that the operator names with `--driver`. Only here does a URI reach a file, and only the operator's:
 * what peers send is compared with `Driver.uri`, never opened. Throws TypeError for a URI that is none of these,
 * DriverError or StoreError for what cannot begin.
 */
import { readFile } from 'node:fs/promises';
import type { Damage } from '../store/object-store.ts';
import type { StateDirectory } from '../store/state-directory.ts';
import type { Driver } from './driver.ts';
import { DriverError } from './error.ts';

export interface OpenDriverOptions {
  /** where what is defined survives; without one it does not */
  readonly state?: StateDirectory;
  readonly seed?: string;
  readonly hostname?: string;
  readonly onDamage?: (damage: Damage) => void;
}

const DEFAULT_PATH = '/default';

export async function openDriver(uri: string, options: OpenDriverOptions = {}): Promise<Driver> {
  const match = /^([a-z][a-z0-9]*):\/\/(\/[^?#]*)$/.exec(uri);
  const [, name, path = ''] = match ?? [];
  if (match === null || name !== 'test' || path === '/')
    throw new TypeError(`${uri}: a driver is test:///default or test:///FILE.xml`);
  const configuration = path === DEFAULT_PATH ? undefined : await readConfigurationFile(path);
  const { createTestDriver, TEST_DRIVER_KINDS } = await import('./test/test-driver.ts');
  const { state, ...others } = options;
  return createTestDriver({
    ...others,
    uri,
    ...(configuration === undefined ? {} : { configuration }),
    ...(state === undefined ? {} : { store: state.store(uri, TEST_DRIVER_KINDS) }),
  });
}

async function readConfigurationFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (e) {
    throw new DriverError('OPEN_FAILED', `${path} cannot be read`, { cause: e });
  }
}
