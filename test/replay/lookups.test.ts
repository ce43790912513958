import { expect } from 'chai';
import { type Asked, Bodies, Lookups, PORTMAP } from '../../replay/index.ts';
import { allPrograms, body, PMAP, recordedCall, VIRT } from './sessions.ts';

const RPCB = { program: PORTMAP, version: 4 };
const CLIENT = { transport: 'tcp', remote: '127.0.0.1:900', local: '127.0.0.1:111' };

describe('replay/lookups', () => {
  let bodies: Bodies;
  let lookups: Lookups;

  before(async () => {
    bodies = new Bodies(await allPrograms());
    lookups = new Lookups(new Map([[VIRT.program, new Set([1])]]), bodies);
    lookups.listening('tcp://0.0.0.0:4000');
    lookups.listening('udp://127.0.0.1:4001');
    lookups.listening('unix:///run/x.sock');
  });

  async function ask(procedure: number, args: unknown, of = PMAP): Promise<Asked> {
    const told = { ...of, procedure };
    return recordedCall({ ...told, args: await body(told, 'argument', args) }, 1, 0, 1);
  }
  const result = (asked: Asked, bytes: Uint8Array | null) =>
    bytes === null ? null : bodies.result(asked, bytes, 0);
  const getport = (prog: number, prot: number) => ask(3, { prog, vers: 1, prot, port: 0 });
  const getaddr = (r_prog: number) =>
    ask(3, { r_prog, r_vers: 1, r_netid: 'tcp', r_addr: '', r_owner: '' }, RPCB);

  it('knows the ports of recorded programs, by protocol, and of itself', async () => {
    for (const [program, protocol, port] of [
      [VIRT.program, 6, 4000],
      [VIRT.program, 17, 4001],
      [VIRT.program, 1, 0],
    ] as const) {
      const asked = await getport(program, protocol);
      expect(result(asked, lookups.ofRecorded(asked, CLIENT))).to.equal(port);
    }
    const self = await ask(3, { prog: PORTMAP, vers: 2, prot: 6, port: 0 });
    expect(result(self, lookups.ofRecorded(self, CLIENT))).to.equal(4000);
  });

  it('gives an address that its caller can reach', async () => {
    const asked = await getaddr(VIRT.program);
    expect(result(asked, lookups.ofRecorded(asked, CLIENT))).to.equal('127.0.0.1.15.160');
  });

  it('leaves other programs to the recording, and knows nothing of them itself', async () => {
    const asked = await getport(100003, 6);
    expect(lookups.ofRecorded(asked, CLIENT)).to.equal(null);
    expect(result(asked, lookups.ofAny(asked, CLIENT))).to.equal(0);
    const other = await getaddr(100003);
    expect(result(other, lookups.ofAny(other, CLIENT))).to.equal('');
    const set = await ask(1, { prog: 5, vers: 1, prot: 6, port: 7 });
    expect(lookups.ofAny(set, CLIENT)).to.equal(null);
    expect(lookups.ofAny({ ...asked, program: 5 }, CLIENT)).to.equal(null);
  });

  it('puts our ports into recorded dumps, and leaves other entries as they were', async () => {
    const asked = await ask(4, undefined);
    const map = (prog: number, prot: number, port: number) => ({ map: { prog, vers: 1, prot, port } });
    const dump = [map(VIRT.program, 6, 999), map(100003, 6, 2049), map(VIRT.program, 17, 999)];
    const recorded = await body({ ...PMAP, procedure: 4 }, 'result', dump);
    expect(result(asked, lookups.rewritten(asked, recorded))).to.deep.equal([
      map(VIRT.program, 6, 4000),
      map(100003, 6, 2049),
      map(VIRT.program, 17, 4001),
    ]);
    const later = await ask(4, undefined, RPCB);
    const entry = (r_netid: string, r_addr: string) => ({
      rpcb_map: { r_prog: VIRT.program, r_vers: 1, r_netid, r_addr, r_owner: 'x' },
    });
    const list = [entry('local', '/run/old'), entry('tcp6', '::.1.1')];
    const bytes = await body({ ...RPCB, procedure: 4 }, 'result', list);
    expect(result(later, lookups.rewritten(later, bytes))).to.deep.equal([
      entry('local', '/run/x.sock'),
      entry('tcp6', '::.1.1'),
    ]);
  });
});
