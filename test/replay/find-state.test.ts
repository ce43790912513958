import { expect } from 'chai';
import { Bodies, reusedBytes } from '../../replay/index.ts';
import { allPrograms, sessionOf } from './sessions.ts';

describe('replay/find-state', () => {
  it('finds the handles that MNT and LOOKUP gave in the calls that use them', async () => {
    const session = await sessionOf('nfs3-libnfs.pcap');
    const bodies = new Bodies(await allPrograms());
    const reused = reusedBytes(session, bodies);
    const mnt = session.calls.find(({ program, procedure }) => program === 100005 && procedure === 1)!;
    const result = bodies.result(mnt, mnt.reply!.bytes, 24) as { mountinfo: { fhandle: Uint8Array } };
    expect(reused.has(Buffer.from(result.mountinfo.fhandle).toString('hex'))).to.equal(true);
  });
});
