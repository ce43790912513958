import { expect } from 'chai';
import { ExpectedEvents } from '../../replay/index.ts';
import { recordedCall, type Told } from './sessions.ts';

const A: Told = { program: 5, version: 1, procedure: 1 };
const B: Told = { ...A, procedure: 2 };

const events = (...told: Told[]) =>
  new ExpectedEvents(told.map((one, i) => ({ call: recordedCall(one, i + 1, i, i), arrival: i })));

describe('replay/expected-events', () => {
  it('gives the first of a kind on a connection, then the next', () => {
    const all = events(A, B, A, { ...A, connection: 1 });
    const first = all.find(0, A);
    expect(first?.arrival).to.equal(0);
    first!.isSettled = true;
    expect(all.find(0, A)?.arrival).to.equal(2);
    all.find(0, A)!.isSettled = true;
    expect(all.find(0, A)).to.equal(undefined);
    expect(all.find(1, A)?.arrival).to.equal(3);
    expect(all.find(0, { ...B, version: 2 })).to.equal(undefined);
    expect(all.first?.arrival).to.equal(1);
  });

  it('knows which connections have any, and those of others', () => {
    const all = events(A, { ...B, connection: 2 });
    expect([0, 1, 2].map((connection) => all.has(connection))).to.deep.equal([true, false, true]);
    expect(all.outside(new Set([0])).map(({ arrival }) => arrival)).to.deep.equal([1]);
    expect(events().first).to.equal(undefined);
  });

  it('stays quick over many that come in the order of the recording', () => {
    const all = events(...Array.from({ length: 20_000 }, () => A));
    let looked = 0;
    for (let next = all.find(0, A); next !== undefined; next = all.find(0, A)) {
      next.isSettled = true;
      looked++;
      expect(all.first?.arrival).to.equal(looked === 20_000 ? undefined : looked);
    }
    expect(looked).to.equal(20_000);
  });
});
