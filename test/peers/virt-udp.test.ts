import { expect } from 'chai';
import { type Caller, connectCaller } from '../../client/caller.ts';
import { uuidText } from '../../codec/programs/uuid.ts';
import { isRpcError } from '../../codec/rpc/index.ts';
import { Daemon, VIRT } from './daemon.ts';
import { PROCEDURES, procedure } from './reliability/world.ts';

interface Result {
  readonly status: number;
  readonly dom: { readonly id: number; readonly uuid: Uint8Array; readonly name: string };
  readonly xml: string;
  readonly names: readonly string[];
  readonly info: { readonly state: number };
}

describe('peers: VIRT over UDP with our client', function () {
  this.timeout(30_000);
  let daemon: Daemon;
  let client: Caller;
  before(async () => {
    daemon = await Daemon.start(['--listen', 'udp://127.0.0.1:0', '--metrics', '127.0.0.1:0']);
    client = await connectCaller(daemon.urls[0]!);
  });
  after(async () => {
    client?.close();
    await daemon?.stop();
  });

  const call = async (name: string, args?: unknown): Promise<Result> =>
    (await client.call(VIRT, 1, procedure(name), args)) as Result;
  const verdict = (name: string, args: unknown): Promise<string> =>
    call(name, args).then(
      () => 'SUCCESS',
      (e: unknown) => (isRpcError(e) ? e.code : String(e)),
    );

  it('defines, starts, shows and undefines a domain', async () => {
    const xml = `<domain type="test"><name>by-udp</name><memory>1024</memory><os><type>hvm</type></os></domain>`;
    const { dom } = await call('DOMAIN_DEFINE', { xml });
    expect(dom.name).to.equal('by-udp');
    const { uuid } = dom;
    const started = await call('DOMAIN_START', { uuid });
    expect(started.status).to.equal(0);
    expect((await call('DOMAIN_DUMP_XML', { uuid })).xml).to.contain(uuidText(uuid));
    expect((await call('DOMAIN_DESTROY', { id: started.dom.id })).status).to.equal(0);
    expect((await call('LIST_DEFINED_DOMAINS')).names).to.include('by-udp');
    expect((await call('DOMAIN_UNDEFINE', { uuid })).status).to.equal(0);
  });

  it('has no sessions there', async () => {
    const args: Readonly<Record<string, unknown>> = {
      VERSION_EXCHANGE: { minor_low: 0, minor_high: 1, features: [] },
      OPEN: { uri: null },
      CLOSE: undefined,
      EVENT_REGISTER: { source: 0, object: new Uint8Array(0) },
      EVENT_DEREGISTER: { registration: 1 },
      LIST_ALL_DOMAINS: undefined,
    };
    for (const [name, value] of Object.entries(args)) {
      expect(PROCEDURES.has(`VIRT_${name}`), name).to.equal(true);
      expect(await verdict(name, value), name).to.equal('PROC_UNAVAIL');
    }
  });

  it('is listed in the log and counted in the metrics', async () => {
    const listening = daemon.log.filter(({ event }) => event === 'listening');
    expect(listening).to.have.lengthOf(1);
    expect(listening[0]).to.include({ url: daemon.urls[0], access: 'rw', level: 'info' });
    expect(await daemon.metric('udp_calls_total', 'outcome="executed"')).to.be.at.least(12);
    expect(await daemon.metric('udp_datagrams_total')).to.be.at.least(12);
    expect(await daemon.metric('udp_replies_cached')).to.be.at.least(12);
  });
});
