import { expect } from 'chai';
import { Bodies, clearArguments, isSealing } from '../../replay/index.ts';
import { allPrograms, sessionFrom, sessionOf, VIRT } from './sessions.ts';

describe('replay/bodies', () => {
  it('names procedures, and encodes arguments to the bytes they came from', async () => {
    const bodies = new Bodies(await allPrograms());
    const { calls } = await sessionOf('nfs3-libnfs.pcap');
    for (const call of calls) {
      const value = bodies.args(call, call.bytes, call.bodyOff);
      expect(value, bodies.name(call)).to.not.equal(null);
      const again = bodies.encodeArgs(call, value);
      expect(Buffer.compare(again, call.bytes.subarray(call.bodyOff)), bodies.name(call)).to.equal(0);
    }
    expect(bodies.name({ program: 5, version: 1, procedure: 2 })).to.equal('5.2');
  });

  it('gives null for what is none of the procedure', async () => {
    const bodies = new Bodies(await allPrograms());
    const [call] = sessionFrom([{ ...VIRT, procedure: 12, args: Uint8Array.of(1, 2, 3, 4) }]).calls;
    expect(bodies.args(call!, call!.bytes, call!.bodyOff)).to.equal(null);
    expect(bodies.results(call!, null)).to.equal(null);
  });

  it('says what a credential seals', () => {
    const [call] = sessionFrom([{ ...VIRT, procedure: 0 }]).calls;
    expect([0, 1, 2, 3, 4, 6, 300_001].map(isSealing)).to.deep.equal([
      false,
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
    expect(clearArguments({ ...call!, flavor: 6, gssProcedure: 1 })).to.equal('control');
    expect(clearArguments({ ...call!, flavor: 6, gssProcedure: 0, gssService: 3 })).to.equal('sealed');
    expect(clearArguments({ ...call!, flavor: 6, gssProcedure: 0, gssService: 1 })).to.deep.equal({
      off: call!.bodyOff,
      end: call!.bytes.length,
    });
  });
});
