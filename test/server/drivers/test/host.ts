/** A host for domains and networks by themselves, with what was kept and told. */
import type { DriverEvent } from '../../../../server/drivers/driver.ts';
import { Host, TEST_DRIVER_LIMITS, type TestDriverLimits } from '../../../../server/drivers/test/host.ts';
import { Identifiers } from '../../../../server/drivers/test/identifiers.ts';
import { forgetfulStore, type ObjectStore } from '../../../../server/store/object-store.ts';
import { loadXmlReaders } from '../../../../server/virt/xml/readers.ts';

export interface Played {
  readonly host: Host;
  readonly events: DriverEvent[];
}

export async function playHost(
  limits: Partial<TestDriverLimits> = {},
  store: ObjectStore = forgetfulStore,
): Promise<Played> {
  const xml = await loadXmlReaders();
  const host = new Host(xml, new Identifiers('seed'), { ...TEST_DRIVER_LIMITS, ...limits }, store);
  const events: DriverEvent[] = [];
  host.subscribe((event) => events.push(event));
  return { host, events };
}

/** `kind/detail name`, in numbers. */
export function eventLine({ kind, detail, ref }: DriverEvent): string {
  return `${kind}/${detail} ${ref.name}`;
}
