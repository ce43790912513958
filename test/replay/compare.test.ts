import { expect } from 'chai';
import { encodeReply } from '../../codec/rpc/index.ts';
import { Bodies, type CompareOptions, Comparer, StateMap } from '../../replay/index.ts';
import { allPrograms, body, PMAP, sessionFrom } from './sessions.ts';

const DUMP = { ...PMAP, procedure: 4 };
const entry = (port: number) => ({ prog: 100000, vers: 2, prot: 6, port });

describe('replay/compare', () => {
  let bodies: Bodies;
  const [call] = sessionFrom([DUMP]).calls;

  before(async () => {
    bodies = new Bodies(await allPrograms());
  });

  async function reply(xid: number, ...ports: number[]): Promise<Uint8Array> {
    return encodeReply(
      { xid, verdict: 'SUCCESS' },
      await body(
        DUMP,
        'result',
        ports.map((port) => ({ map: entry(port) })),
      ),
    );
  }

  const compare = (a: Uint8Array, b: Uint8Array, options: Partial<CompareOptions> = {}) =>
    new Comparer(bodies, { map: null, ...options }).replies(call!, a, b);

  it('does not count xids', async () => {
    expect(compare(await reply(1, 111), await reply(2, 111)).verdict).to.equal('same');
  });

  it('tells where results differ', async () => {
    const { verdict, changes } = compare(await reply(1, 111), await reply(1, 112));
    expect(verdict).to.equal('changed');
    expect(changes).to.have.length(1);
    expect(changes[0]!.path).to.match(/^result\[0\]\..*port$|^result\[0\]\.port$/);
    expect(changes[0]).to.include({ a: '111', b: '112' });
    expect(compare(await reply(1, 111), await reply(1)).changes[0]).to.include({ b: null });
  });

  it('leaves out what is ignored, and takes numbers within a tolerance', async () => {
    const [a, b] = [await reply(1, 100), await reply(1, 109)];
    const matches = (path: string) => path.endsWith('port');
    expect(compare(a, b, { ignore: matches }).verdict).to.equal('same');
    const tolerating = (by: number, isShare: boolean) =>
      compare(a, b, { tolerances: [{ matches, by, isShare }] }).verdict;
    expect([tolerating(9, false), tolerating(8, false)]).to.deep.equal(['same', 'changed']);
    expect([tolerating(0.09, true), tolerating(0.08, true)]).to.deep.equal(['same', 'changed']);
  });

  it('compares verdicts and what comes with them', async () => {
    const denied = (low: number) => encodeReply({ xid: 1, verdict: 'PROG_MISMATCH', low, high: 4 });
    expect(compare(await reply(1, 111), denied(2)).changes[0]).to.deep.equal({
      path: 'verdict',
      a: '"SUCCESS"',
      b: '"PROG_MISMATCH"',
    });
    expect(compare(denied(2), denied(3)).changes).to.deep.equal([{ path: 'mismatch.low', a: '2', b: '3' }]);
    expect(compare(denied(2), Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 9)).changes[0]).to.include({
      path: 'verdict',
    });
  });

  it('compares as bytes what does not decode', async () => {
    const odd = encodeReply({ xid: 1, verdict: 'SUCCESS' }, Uint8Array.of(0, 0, 0, 9));
    expect(compare(odd, odd, { map: new StateMap() }).verdict).to.equal('same');
    expect(compare(await reply(1), odd).changes).to.deep.equal([
      { path: 'result', a: '"00000000"', b: '"00000009"' },
    ]);
  });
});
