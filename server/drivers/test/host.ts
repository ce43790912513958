/**
 * What domains and networks of the test driver share: XML, identifiers, what is kept, how much, a logical clock,
 * and who is told of changes.
 */

import { isStoreError } from '../../store/error.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import type { XmlElement } from '../../virt/xml/element.ts';
import { printXml } from '../../virt/xml/print.ts';
import type { XmlReaders } from '../../virt/xml/readers.ts';
import type { DriverEvent } from '../driver.ts';
import { DriverError, tooMuch, xmlError } from '../error.ts';
import type { Identifiers } from './identifiers.ts';

/** Bounds on what peers can make a driver keep. */
export interface TestDriverLimits {
  readonly domains: number;
  readonly networks: number;
  readonly saved: number;
  /** of all XML together */
  readonly xmlBytes: number;
}

export const TEST_DRIVER_LIMITS: TestDriverLimits = {
  domains: 4096,
  networks: 1024,
  saved: 1024,
  xmlBytes: 64 * 1024 * 1024,
};

/** VIRT_XML_MAX, less what dumpxml adds to a stored document. */
const XML_BYTES = 262_144 - 64;

export class Host {
  readonly xml: XmlReaders;
  readonly identifiers: Identifiers;
  readonly limits: TestDriverLimits;
  readonly #store: ObjectStore;
  readonly #listeners = new Set<(event: DriverEvent) => void>();
  #xmlBytes = 0;
  /** one for every change */
  #ticks = 0n;

  constructor(xml: XmlReaders, identifiers: Identifiers, limits: TestDriverLimits, store: ObjectStore) {
    this.xml = xml;
    this.identifiers = identifiers;
    this.limits = limits;
    this.#store = store;
  }

  get ticks(): bigint {
    return this.#ticks;
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something changed: the clock goes on, listeners are told. */
  changed(event: DriverEvent): void {
    this.#ticks++;
    for (const listener of this.#listeners) listener(event);
  }

  /** The text that is kept of a tree; throws where it, or all that is kept with it, would be too large. */
  print(tree: XmlElement): string {
    const text = printXml(tree);
    const bytes = Buffer.byteLength(text);
    if (bytes > XML_BYTES) throw xmlError(`${bytes} bytes once laid out are more than ${XML_BYTES}`);
    if (this.#xmlBytes + bytes > this.limits.xmlBytes)
      throw tooMuch(`${this.limits.xmlBytes} bytes of XML are kept`);
    return text;
  }

  /** Accounts for XML that is kept from now on, and for what is not any more. */
  account(added: string | null, gone: string | null): void {
    this.#xmlBytes += byteLength(added) - byteLength(gone);
  }

  async put(kind: Kind, key: string, data: Data, previous: Data | null): Promise<void> {
    await this.#stored(() => this.#store.put(kind, key, data, previous));
  }

  async remove(kind: Kind, key: string, previous: Data): Promise<void> {
    await this.#stored(() => this.#store.remove(kind, key, previous));
  }

  async #stored(change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (e) {
      if (!isStoreError(e)) throw e;
      throw new DriverError('SYSTEM', e.message, { cause: e });
    }
  }
}

export type Kind = 'domain' | 'network' | 'saved';
type Data = Readonly<Record<string, unknown>>;

function byteLength(text: string | null): number {
  return text === null ? 0 : Buffer.byteLength(text);
}
