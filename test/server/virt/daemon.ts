/** A VIRT service on one end of duplexes in memory, and clients of it: everything of the daemon but its sockets. */
import { programs } from '../../../codec/programs/virt.gen.ts';
import { loadZod } from '../../../codec/xdr/index.ts';
import type { Driver } from '../../../server/drivers/driver.ts';
import { createTestDriver } from '../../../server/drivers/test/test-driver.ts';
import { createVirtService, type VirtServiceOptions } from '../../../server/virt/virt-service.ts';
import { memoryPair } from '../../../transport/memory-duplex.ts';
import { Peer } from '../../../transport/peer.ts';
import { Dispatcher } from '../../../transport/peer-dispatch.ts';
import type { Grant, Handler, Service } from '../../../transport/peer-types.ts';

export const VIRT = 0x20001a65;
export const EVENTS = 0x20001a66;

export interface Daemon {
  readonly drivers: readonly Driver[];
  /** what the daemon failed at itself; stays empty */
  readonly failures: unknown[];
  connect(access?: Grant, kind?: 'tcp' | 'udp', events?: Map<string, Handler>): TestClient;
}

export interface TestClient {
  readonly peer: Peer;
  /** the daemon's side */
  readonly server: Peer;
  /** a procedure's decoded result, by its name without prefix */
  // biome-ignore lint/suspicious/noExplicitAny: results of every type, looked at by tests
  call(name: string, args?: unknown): Promise<any>;
  /** the result, or the RPC verdict's code */
  verdict(name: string, args?: unknown): Promise<string>;
}

export async function startDaemon(options: Partial<VirtServiceOptions> = {}): Promise<Daemon> {
  await loadZod();
  const drivers = options.drivers ?? [
    await createTestDriver({ uri: 'test:///default' }),
    await createTestDriver({ uri: 'test:///second.xml', configuration: '<node/>' }),
  ];
  const failures: unknown[] = [];
  const dispatcher = new Dispatcher({
    validate: 'always',
    observer: {
      now: () => 0,
      answered: () => undefined,
      dropped: () => undefined,
      failed: (error) => failures.push(error),
    },
  });
  dispatcher.add(createVirtService({ version: 1000n, ...options, drivers }));
  return {
    drivers,
    failures,
    connect(access = 'rw', kind = 'tcp', events = new Map()) {
      const [near, far] = memoryPair({ kind });
      const server = new Peer(far, { side: 'server', dispatcher, access });
      const service: Service = {
        program: programOf(EVENTS),
        handler: (name) => events.get(name),
        access: 'unrestricted',
      };
      const peer = new Peer(near, { services: [service] });
      const call = (name: string, args?: unknown): Promise<unknown> => {
        const procedure = programOf(VIRT).versions[0]?.procedures.find((one) => one.name === `VIRT_${name}`);
        if (procedure === undefined) throw new TypeError(`no procedure ${name}`);
        return peer.call(VIRT, 1, procedure, args);
      };
      const verdict = (name: string, args?: unknown): Promise<string> =>
        call(name, args).then(
          () => 'SUCCESS',
          (e: { code: string }) => e.code,
        );
      return { peer, server, call, verdict };
    },
  };
}

export function programOf(number: number): (typeof programs)[number] {
  const program = programs.find((one) => one.number === number);
  if (program === undefined) throw new TypeError(`no program ${number}`);
  return program;
}

/** An exchange for the newest minor version. */
export const NEWEST = { minor_low: 0, minor_high: 1, features: [] };
