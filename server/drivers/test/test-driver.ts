/**
 * `test:///…`: domains and networks that exist only here. Deterministic: two of them, begun alike and given the same
 * calls in the same order, answer the same, ids, UUIDs and times included. With a store, definitions and saved
 * domains survive; what ran does not, but for what is to start with the daemon. Errors are DriverErrors.
 */
import { createHash } from 'node:crypto';
import type * as Zod from 'zod';
import { VIRT_PATH_MAX, type virt_node_info, type virt_state } from '../../../codec/programs/virt.gen.ts';
import { loadZod } from '../../../codec/xdr/index.ts';
import {
  type Damage,
  forgetfulStore,
  type ObjectStore,
  type StoredObject,
} from '../../store/object-store.ts';
import { loadXmlReaders } from '../../virt/xml/readers.ts';
import type {
  DomainDetails,
  DomainRef,
  Driver,
  DriverEvent,
  NetworkDetails,
  NetworkRef,
  Uuid,
  XmlOptions,
} from '../driver.ts';
import { DriverError, invalidArgument, isDriverError, tooMuch, xmlError } from '../error.ts';
import { Serial } from '../serial.ts';
import { capabilitiesXml } from './capabilities.ts';
import {
  type Configuration,
  DEFAULT_CONFIGURATION,
  type Initial,
  readConfiguration,
} from './configuration.ts';
import { Domains } from './domains.ts';
import { Host, TEST_DRIVER_LIMITS, type TestDriverLimits } from './host.ts';
import { Identifiers } from './identifiers.ts';
import { Networks } from './networks.ts';

export const TEST_DRIVER_KINDS: readonly string[] = ['domain', 'network', 'saved'];

export interface TestDriverOptions {
  readonly uri: string;
  /** the text of an operator's file; without one: `test:///default`'s */
  readonly configuration?: string;
  readonly store?: ObjectStore;
  /** what UUIDs and MAC addresses follow from */
  readonly seed?: string;
  readonly hostname?: string;
  readonly limits?: Partial<TestDriverLimits>;
  /** files that were put aside at start */
  readonly onDamage?: (damage: Damage) => void;
}

const ERROR_DOMAIN = 12;
const VERSION = 2n;

type Result<T> = T | Promise<T>;

interface Saved {
  readonly file: string;
  readonly xml: string;
  readonly paused: boolean;
}

/** Loads what it needs, then what was kept, then starts what is to start. */
export async function createTestDriver(options: TestDriverOptions): Promise<Driver> {
  const [xml, z] = await Promise.all([loadXmlReaders(), loadZod()]);
  const { store = forgetfulStore, seed = 'oncilla', configuration } = options;
  const host = new Host(xml, new Identifiers(seed), { ...TEST_DRIVER_LIMITS, ...options.limits }, store);
  const initial =
    configuration === undefined ? DEFAULT_CONFIGURATION : readConfiguration(configuration, xml.parse);
  const driver = new TestDriver(
    options,
    host,
    initial,
    new Identifiers(seed).uuid(() => false),
  );
  await driver.load(store, z, options.onDamage ?? (() => undefined));
  return driver;
}

class TestDriver implements Driver {
  readonly uri: string;
  readonly type = 'Test';
  readonly errorDomain = ERROR_DOMAIN;
  readonly #host: Host;
  readonly #hostname: string;
  readonly #initial: Configuration;
  readonly #hostUuid: Uuid;
  readonly #domains: Domains;
  readonly #networks: Networks;
  readonly #saved = new Map<string, Saved>();
  readonly #serial = new Serial();

  constructor({ uri, hostname }: TestDriverOptions, host: Host, initial: Configuration, hostUuid: Uuid) {
    this.uri = uri;
    this.#hostname = hostname ?? 'test';
    this.#host = host;
    this.#initial = initial;
    this.#hostUuid = hostUuid;
    this.#domains = new Domains(host);
    this.#networks = new Networks(host);
  }

  version(): bigint {
    return VERSION;
  }

  hostname(): string {
    return this.#hostname;
  }

  nodeInfo(): virt_node_info {
    return this.#initial.node;
  }

  capabilities(): string {
    return capabilitiesXml(this.#initial.node, this.#hostUuid);
  }

  domains(): Result<readonly DomainDetails[]> {
    return this.#serial.run(() => this.#domains.list());
  }

  domainById(id: number): Result<DomainRef> {
    return this.#serial.run(() => this.#domains.byId(id));
  }

  domainByUuid(uuid: Uuid): Result<DomainRef> {
    return this.#serial.run(() => this.#domains.byUuid(uuid));
  }

  domainByName(name: string): Result<DomainRef> {
    return this.#serial.run(() => this.#domains.byName(name));
  }

  domainDetails(uuid: Uuid): Result<DomainDetails> {
    return this.#serial.run(() => this.#domains.details(uuid));
  }

  domainState(uuid: Uuid): Result<virt_state> {
    return this.#serial.run(() => this.#domains.state(uuid));
  }

  domainXml(uuid: Uuid, options: XmlOptions = {}): Result<string> {
    return this.#serial.run(() => this.#domains.xml(uuid, options));
  }

  createDomain(xml: string): Result<DomainRef> {
    return this.#change(() => this.#domains.create(xml));
  }

  defineDomain(xml: string): Result<DomainRef> {
    return this.#change(() => this.#domains.define(xml));
  }

  undefineDomain(uuid: Uuid): Result<void> {
    return this.#change(() => this.#domains.undefine(uuid));
  }

  startDomain(uuid: Uuid): Result<DomainRef> {
    return this.#change(() => this.#domains.start(uuid));
  }

  suspendDomain(id: number): Result<void> {
    return this.#change(() => this.#domains.suspend(id));
  }

  resumeDomain(id: number): Result<void> {
    return this.#change(() => this.#domains.resume(id));
  }

  destroyDomain(id: number): Result<void> {
    return this.#change(() => this.#domains.destroy(id));
  }

  saveDomain(id: number, file: string): Result<void> {
    return this.#change(async () => {
      checkPath(file);
      const image: Saved = { file, ...this.#domains.image(id) };
      const previous = this.#saved.get(file) ?? null;
      if (previous === null && this.#saved.size >= this.#host.limits.saved)
        throw tooMuch(`${this.#host.limits.saved} saved domains`);
      await this.#host.put('saved', keyOf(file), { ...image }, previous && { ...previous });
      this.#remember(image);
      this.#domains.saved(id);
    });
  }

  /** The saved state stays, as with libvirt. */
  restoreDomain(file: string): Result<DomainRef> {
    return this.#change(() => {
      checkPath(file);
      const image = this.#saved.get(file);
      if (image === undefined)
        throw new DriverError('OPERATION_FAILED', `operation failed: no domain was saved as '${file}'`);
      return this.#domains.restore(image.xml, image.paused);
    });
  }

  setDomainAutostart(uuid: Uuid, autostart: boolean): Result<void> {
    return this.#change(() => this.#domains.setAutostart(uuid, autostart));
  }

  networks(): Result<readonly NetworkDetails[]> {
    return this.#serial.run(() => this.#networks.list());
  }

  networkByUuid(uuid: Uuid): Result<NetworkRef> {
    return this.#serial.run(() => this.#networks.byUuid(uuid));
  }

  networkByName(name: string): Result<NetworkRef> {
    return this.#serial.run(() => this.#networks.byName(name));
  }

  networkDetails(uuid: Uuid): Result<NetworkDetails> {
    return this.#serial.run(() => this.#networks.details(uuid));
  }

  networkXml(uuid: Uuid, options: XmlOptions = {}): Result<string> {
    return this.#serial.run(() => this.#networks.xml(uuid, options));
  }

  createNetwork(xml: string): Result<NetworkRef> {
    return this.#change(() => this.#networks.create(xml));
  }

  defineNetwork(xml: string): Result<NetworkRef> {
    return this.#change(() => this.#networks.define(xml));
  }

  undefineNetwork(uuid: Uuid): Result<void> {
    return this.#change(() => this.#networks.undefine(uuid));
  }

  startNetwork(uuid: Uuid): Result<void> {
    return this.#change(() => this.#networks.start(uuid));
  }

  destroyNetwork(uuid: Uuid): Result<void> {
    return this.#change(() => this.#networks.destroy(uuid));
  }

  setNetworkAutostart(uuid: Uuid, autostart: boolean): Result<void> {
    return this.#change(() => this.#networks.setAutostart(uuid, autostart));
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    return this.#host.subscribe(listener);
  }

  async close(): Promise<void> {
    await this.#serial.idle();
  }

  /** Once, before anything else. */
  async load(store: ObjectStore, z: typeof Zod, onDamage: (damage: Damage) => void): Promise<void> {
    const { fresh, objects, damage } = await store.load();
    for (const one of damage) onDamage(one);
    if (fresh) {
      // What a first start that was interrupted has left: nobody was told of it.
      for (const { kind, key, data } of objects) await store.remove(kind, key, data);
      await this.#begin();
      await store.settleIn();
    } else {
      await this.#enter(objects, store, z, onDamage);
    }
    this.#networks.autostart();
    this.#domains.autostart();
  }

  async #enter(
    objects: readonly StoredObject[],
    store: ObjectStore,
    z: typeof Zod,
    onDamage: (damage: Damage) => void,
  ): Promise<void> {
    const enter = this.#loader(z);
    for (const object of objects) {
      try {
        enter(object);
      } catch (e) {
        if (!isDriverError(e)) throw e;
        onDamage(await store.quarantine(object.kind, object.key, e.message));
      }
    }
  }

  async #begin(): Promise<void> {
    for (const { xml, state } of this.#initial.networks) {
      const { uuid } = await this.#networks.define(xml);
      if (state !== 'shut off') this.#networks.start(uuid);
    }
    for (const { xml, state } of this.#initial.domains) await this.#beginDomain(xml, state);
  }

  async #beginDomain(xml: string, state: Initial['state']): Promise<void> {
    const { uuid } = await this.#domains.define(xml);
    if (state === 'shut off') return;
    const { id } = this.#domains.start(uuid);
    if (state === 'paused') this.#domains.suspend(id);
  }

  #loader(z: typeof Zod): (object: StoredObject) => void {
    const defined = z.strictObject({ xml: z.string(), autostart: z.boolean() });
    const saved = z.strictObject({ file: z.string(), xml: z.string(), paused: z.boolean() });
    const checked = <T>(schema: Zod.ZodType<T>, data: unknown): T => {
      const result = schema.safeParse(data);
      if (!result.success) throw xmlError(`not what is kept: ${result.error.issues[0]?.message}`);
      return result.data;
    };
    return ({ kind, key, data }) => {
      if (kind === 'domain') this.#domains.load(key, checked(defined, data));
      else if (kind === 'network') this.#networks.load(key, checked(defined, data));
      else {
        const image = checked(saved, data);
        if (keyOf(image.file) !== key) throw xmlError('the file is named for another');
        this.#remember(image);
      }
    };
  }

  #remember(image: Saved): void {
    this.#host.account(image.xml, this.#saved.get(image.file)?.xml ?? null);
    this.#saved.set(image.file, image);
  }

  /** A change that is refused leaves no trace: what it drew of identifiers is given back. */
  #change<T>(work: () => Result<T>): Result<T> {
    return this.#serial.run(() => {
      const giveBack = this.#host.identifiers.mark();
      try {
        const result = work();
        if (!(result instanceof Promise)) return result;
        return result.catch((e: unknown) => {
          giveBack();
          throw e;
        });
      } catch (e) {
        giveBack();
        throw e;
      }
    });
  }
}

/** A label that looks as the path it is with other drivers; nothing is opened. */
function checkPath(file: string): void {
  if (!file.startsWith('/') || Buffer.byteLength(file) > VIRT_PATH_MAX || /[\p{Cc}\p{Surrogate}]/u.test(file))
    throw invalidArgument('a saved domain is named by an absolute path');
}

function keyOf(file: string): string {
  return createHash('sha256').update(file).digest('hex');
}
