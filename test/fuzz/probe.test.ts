import { expect } from 'chai';
import { Probe } from '../../fuzz/probe.ts';
import { parseTarget } from '../../transport/target.ts';
import { caseNamed, PUT, streamPlan } from './base.ts';
import { PlantServer, PROGRAM } from './plant.ts';

describe('fuzz/probe', () => {
  let server: PlantServer;
  let probe: Probe;
  beforeEach(async () => {
    server = await PlantServer.start();
    probe = new Probe({ target: parseTarget(server.tcpUrl), program: PROGRAM, version: 1, replyMs: 300 });
  });
  afterEach(async () => {
    probe.close();
    await server.stop();
  });

  it('sees answers, silence and ends', async () => {
    const alone = (ending: string, due: boolean, open: boolean) => {
      const one = caseNamed(PUT, ending, streamPlan);
      return probe.alone(one.bytes, one.xid, due, open);
    };
    expect((await alone('/valid', true, true)).reply?.length).to.equal(28);
    expect(await alone('/hdr.trunc@+16', false, true)).to.include({ reply: null, closed: false });
    expect(await alone('/frag.http', true, false)).to.include({ reply: null, closed: true });
    expect(await alone('/frag.nolast', false, false)).to.include({
      reply: null,
      closed: false,
      starved: false,
    });
  });

  it('knows whether others are served, once the server is gone too', async () => {
    expect(await probe.isReachable()).to.equal(true);
    await server.stop();
    expect(await probe.isReachable()).to.equal(false);
    server = await PlantServer.start();
  });
});
