import { expect } from 'chai';
import { ProgramTable } from '../../codec/programs/index.ts';
import { encodeCall } from '../../codec/rpc/index.ts';
import { rngOf } from '../../codec/xdr/index.ts';
import { inspectTarget } from '../../fuzz/inspect-target.ts';
import { servedOf } from '../../fuzz/served.ts';

describe('fuzz/inspect-target', () => {
  const table = new ProgramTable();
  const procedures = () => servedOf(table, [100000]).procedures;
  let target: ReturnType<typeof inspectTarget>;
  const call = encodeCall({ xid: 7, program: 100000, version: 2, procedure: 3 }, new Uint8Array(16));

  before(async () => {
    await table.loadAll([100000]);
    target = inspectTarget(table.programs(), table, procedures());
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
    const counted = inspectTarget(counting.programs(), counting, procedures());
    counted.execute(counted.input([call, call], false));
    const afterUdp = lookups;
    counted.execute(counted.input([call], true));
    expect(afterUdp).to.be.greaterThan(0);
    expect(lookups).to.be.greaterThan(afterUdp);
  });

  it('makes calls with their replies, which are known for what they are', () => {
    const seen: string[] = [];
    class Noting extends ProgramTable {
      override procedure(...numbers: [number, number, number]) {
        seen.push(numbers.join('.'));
        return super.procedure(...numbers);
      }
    }
    const noting = new Noting();
    return noting.loadAll([100000]).then(() => {
      const made = inspectTarget(noting.programs(), noting, procedures());
      const random = rngOf(1);
      for (let i = 0; i < 40; i++) made.execute(made.generate(random));
      expect(new Set(seen).size).to.be.greaterThan(5);
    });
  });

  it('takes any bytes, and any frame of an Ethernet', () => {
    target.execute(
      Uint8Array.of(0x10, 14, ...new Uint8Array(12), 8, 0, 0x10, 40, ...new Uint8Array(40).fill(69)),
    );
    const random = rngOf(9);
    for (let i = 0; i < 60; i++) {
      const input = i % 3 === 0 ? target.generate(random) : target.input([call, call], i % 2 === 0);
      for (let k = 0; k < 6; k++) input[random() % input.length] = random();
      target.execute(input);
      target.execute(input.subarray(0, random() % input.length));
    }
  });
});
