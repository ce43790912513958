import { expect } from 'chai';
import { ProgramTable } from '../../codec/programs/index.ts';
import { encodeCall, encodeRecord } from '../../codec/rpc/index.ts';
import { rngOf } from '../../codec/xdr/index.ts';
import { inspectTarget } from '../../fuzz/inspect-target.ts';

describe('fuzz/inspect-target', () => {
  const table = new ProgramTable();
  let target: ReturnType<typeof inspectTarget>;
  const call = encodeCall({ xid: 7, program: 100000, version: 2, procedure: 3 }, new Uint8Array(16));

  before(async () => {
    await table.loadAll([100000]);
    target = inspectTarget(table.programs(), table);
  });

  it('has the packets of an input shown, over TCP and UDP', async () => {
    let lookups = 0;
    class Counting extends ProgramTable {
      override procedure(...numbers: [number, number, number]) {
        lookups++;
        return super.procedure(...numbers);
      }
    }
    const counting = new Counting();
    await counting.loadAll([100000]);
    const counted = inspectTarget(counting.programs(), counting);
    counted.execute(counted.input([call, call], false));
    const afterUdp = lookups;
    counted.execute(counted.input([encodeRecord(call)], true));
    expect(afterUdp).to.be.greaterThan(0);
    expect(lookups).to.be.greaterThan(afterUdp);
  });

  it('takes any bytes', () => {
    const random = rngOf(9);
    for (let i = 0; i < 60; i++) {
      const input = target.input([encodeRecord(call), encodeRecord(call)], i % 2 === 0);
      for (let k = 0; k < 6; k++) input[random() % input.length] = random();
      target.execute(input);
      target.execute(input.subarray(0, random() % input.length));
    }
  });
});
