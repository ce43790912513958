/**
 * What the daemon serves: VIRT over the drivers that the operator named, with what they keep. The one place where the
 * command line meets server/virt. Throws CliError for a driver or a state directory that cannot be had.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Driver } from '../../server/drivers/driver.ts';
import { isDriverError } from '../../server/drivers/error.ts';
import { createTestDriver, TEST_DRIVER_KINDS } from '../../server/drivers/test/test-driver.ts';
import { isStoreError } from '../../server/store/error.ts';
import { openStateDirectory, type StateDirectory } from '../../server/store/state-directory.ts';
import { createVirtService, type VirtLimits } from '../../server/virt/virt-service.ts';
import type { Service } from '../../transport/peer-types.ts';
import { CliError, systemReason } from '../errors.ts';
import { packageVersion } from '../version.ts';
import type { ServeLimits } from './limits.ts';
import type { Log } from './log.ts';
import { DEFAULT_DRIVER, type ServeSettings } from './settings.ts';

export interface Backend {
  readonly services: readonly Service[];
  /** for sessions to come */
  setLimits(limits: ServeLimits): void;
  /** waits for what is under way, and lets go of the state directory */
  close(): Promise<void>;
}

const MAX_CONFIGURATION_BYTES = 16 * 1024 * 1024;

export async function openBackend(settings: ServeSettings, log: Log): Promise<Backend> {
  const state = settings.stateDir === null ? null : await openState(settings.stateDir);
  const drivers: Driver[] = [];
  const close = async () => {
    for (const driver of drivers) await driver.close();
    await state?.close();
  };
  try {
    for (const uri of settings.drivers) drivers.push(await openDriver(uri, state, settings, log));
    const service = createVirtService({
      drivers,
      version: versionNumber(packageVersion(import.meta.dirname)),
      ...virtLimits(settings.limits),
    });
    return { services: [service], setLimits: (limits) => service.setLimits(virtLimits(limits)), close };
  } catch (e) {
    await close();
    throw e;
  }
}

function virtLimits({ registrations, engine, keepalive }: ServeLimits): VirtLimits {
  return {
    keepalive,
    limits: {
      ...(registrations === undefined ? {} : { registrations }),
      ...(engine.outstanding === undefined ? {} : { outstanding: engine.outstanding }),
    },
  };
}

async function openState(path: string): Promise<StateDirectory> {
  try {
    return await openStateDirectory(path);
  } catch (e) {
    if (!isStoreError(e)) throw e;
    throw new CliError(path, e.message, { cause: e });
  }
}

async function openDriver(
  uri: string,
  state: StateDirectory | null,
  settings: ServeSettings,
  log: Log,
): Promise<Driver> {
  const match = /^test:\/\/(\/[^?#]+)$/.exec(uri);
  if (match === null) {
    throw new CliError('--driver', `${uri} is no driver`, { hint: `${DEFAULT_DRIVER} or test:///FILE.xml` });
  }
  const [, file = ''] = match;
  try {
    return await createTestDriver({
      uri,
      seed: settings.seed,
      ...(uri === DEFAULT_DRIVER ? {} : { configuration: readConfiguration(file) }),
      ...(state === null ? {} : { store: state.store(uri, TEST_DRIVER_KINDS) }),
      onDamage: ({ file: damaged, why, movedTo }) =>
        log('error', 'damaged', { driver: uri, file: damaged, why, movedTo }),
    });
  } catch (e) {
    if (isDriverError(e) || isStoreError(e)) throw new CliError(uri, e.message, { cause: e });
    throw e;
  }
}

function readConfiguration(file: string): string {
  let fd = -1;
  try {
    // A FIFO would be waited for here, and a device may have no end: both are told apart once they are open.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) throw new CliError(file, 'is no regular file');
    return readAtMost(fd, file).toString('utf8');
  } catch (e) {
    if (e instanceof CliError) throw e;
    throw new CliError(file, systemReason(e), { cause: e });
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** To its end, whatever size it says it has: it may grow meanwhile, and files of /proc say 0. */
function readAtMost(fd: number, file: string): Buffer {
  const parts: Buffer[] = [];
  for (let length = 0; ; ) {
    const part = Buffer.alloc(64 * 1024);
    const count = readSync(fd, part, 0, part.length, null);
    if (count === 0) return Buffer.concat(parts);
    length += count;
    if (length > MAX_CONFIGURATION_BYTES) {
      throw new CliError(file, `is larger than ${MAX_CONFIGURATION_BYTES} bytes`);
    }
    parts.push(part.subarray(0, count));
  }
}

/** 1.2.3 as 1,002,003. */
function versionNumber(text: string): bigint {
  const [major = 0, minor = 0, release = 0] = text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return BigInt(major * 1_000_000 + minor * 1000 + release);
}
