import { expect } from 'chai';
import { ProgramTable } from '../../../codec/programs/index.ts';
import { encode, xdr } from '../../../codec/xdr/index.ts';
import { Inspection } from '../../../dissector/inspect.ts';
import type { CallRecord } from '../../../dissector/session/index.ts';
import { InnerCalls } from '../../../dissector/tree/inner-calls.ts';
import { u32, udpPacket } from '../network/build.ts';
import { packetOf } from '../network/decode.ts';
import { call as callOf, record } from '../stats/fixture.ts';
import { accepted, call } from './messages.ts';

const PORTMAP = 100000;
const MOUNT = 100005;
const CALLIT = 5;
const counted = (bytes: Uint8Array) => encode(xdr.varOpaque(), bytes);
/** MNT of mount version 3 */
const asked = Buffer.concat([u32(MOUNT, 3, 1), counted(encode(xdr.string(), '/letters'))]);
const handle = Buffer.from('0badcafe', 'hex');
const mounted = Buffer.concat([u32(0), counted(handle), u32(0)]);

describe('dissector/tree/inner-calls', () => {
  const table = new ProgramTable();
  before(() => table.loadAll([PORTMAP, MOUNT]));

  /** What stands below the bytes of the inner call, in each packet, with only packets that match shown. */
  function below(packets: readonly Buffer[], filter = ''): string[] {
    const inspection = new Inspection({ programs: table.programs(), declared: table, filter });
    const tree = inspection.tree();
    const shown: string[] = [];
    const visit = (nodes: typeof tree.roots): void => {
      for (const node of nodes) {
        const name = node.def?.name ?? '';
        if (/^portmap\.(args|res)\./.test(name) && node.value !== null)
          shown.push(`${name}=${String(node.value)}`);
        visit(node.children);
      }
    };
    inspection.addOutput({ frame: () => visit(tree.roots) }, true);
    for (const [i, bytes] of packets.entries()) inspection.packet(packetOf(bytes, i + 1), { interfaces: [] });
    inspection.finish();
    return shown;
  }

  it('decodes the arguments of a CALLIT, and by them its results, also where only the reply is shown', () => {
    const packets = [
      udpPacket(
        '10.0.0.1',
        700,
        '10.0.0.2',
        111,
        call({ program: PORTMAP, version: 2, procedure: CALLIT, body: asked }),
      ),
      udpPacket(
        '10.0.0.2',
        111,
        '10.0.0.1',
        700,
        accepted(1, 0, Buffer.concat([u32(20048), counted(mounted)])),
      ),
    ];
    const results = ['portmap.res.fhs_status=0', `portmap.res.mountinfo.fhandle=${[...handle].join()}`];
    expect(below(packets)).to.deep.equal(['portmap.args.value=/letters', ...results]);
    expect(below(packets, 'rpc.msgtyp == 1')).to.deep.equal(results);
    expect(below(packets.slice(1))).to.deep.equal([]);
  });

  it('remembers so many, and nothing of arguments that are none', () => {
    const inner = new InnerCalls(16);
    const declared = table.procedure(PORTMAP, 2, CALLIT)!;
    const made = Array.from({ length: 20 }, (_, i) => {
      const of: CallRecord = record(i, 1, { program: PORTMAP, version: 2, procedure: CALLIT });
      const pdu = callOf(of, i === 19 ? asked.subarray(0, 10) : asked);
      inner.note(declared, pdu);
      return pdu;
    });
    const known = made.filter((pdu) => inner.of(pdu) !== undefined);
    expect(known.length).to.be.within(12, 16);
    expect(inner.of(made[18]!)).to.deep.equal({ program: MOUNT, version: 3, procedure: 1 });
    expect(inner.of(made[19]!)).to.equal(undefined);
    expect(inner.of(made[0]!)).to.equal(undefined);
  });
});
