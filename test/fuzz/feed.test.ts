import { expect } from 'chai';
import { type IdlModule, isIdlErrors, parseIdl } from '../../codec/idl/index.ts';
import { ProgramTable } from '../../codec/programs/index.ts';
import { baseCall } from '../../fuzz/call.ts';
import { carriesInto, isFedBy } from '../../fuzz/feed.ts';
import { pointsOf } from '../../fuzz/points.ts';
import { servedOf } from '../../fuzz/served.ts';

const SOURCE = `
typedef opaque ticket[8];
struct place { string city<16>; int id; };
union opened switch (int status) { case 0: ticket t; default: void; };
struct use { ticket t; int amount; };
program SHOP { version V {
  opened OPEN(string) = 1;
  int USE(use) = 2;
  place WHERE(int) = 3;
  int MOVE(place) = 4;
  int BY_ID(struct { int id; }) = 5;
} = 1; } = 0x20000e02;`.replace('int BY_ID(struct { int id; }) = 5;', 'int FREE(ticket) = 5;');

const module = parseIdl(SOURCE, { file: 'shop.x' });
if (isIdlErrors(module)) throw module;
const table = new ProgramTable();
for (const program of (module as IdlModule).programs) table.add(program);
const { procedures } = servedOf(table, [0x20000e02]);
const [OPEN, USE, WHERE, MOVE, FREE] = procedures as unknown as [
  (typeof procedures)[0],
  (typeof procedures)[0],
  (typeof procedures)[0],
  (typeof procedures)[0],
  (typeof procedures)[0],
];
const options = { seed: 1, procedures, stream: false };

describe('fuzz/feed', () => {
  it('goes by declared types, wherever in a result they are', () => {
    expect(isFedBy(USE, OPEN)).to.equal(true);
    expect(isFedBy(FREE, OPEN)).to.equal(true);
    expect(isFedBy(MOVE, WHERE)).to.equal(true);
    expect(isFedBy(OPEN, USE)).to.equal(false);
    expect(isFedBy(WHERE, USE)).to.equal(false);
  });

  it('carries the largest part that fits, from the latest that has it', () => {
    const carried = (one: (typeof procedures)[0], before: readonly (typeof procedures)[0][]) => {
      const base = baseCall(one, 0, options);
      return carriesInto(base, before).map(({ from, off, len }) => [from, off - base.body, len]);
    };
    expect(carried(USE, [OPEN, WHERE, OPEN])).to.deep.equal([[2, 0, 8]]);
    expect(carried(FREE, [OPEN])).to.deep.equal([[0, 0, 8]]);
    expect(carried(USE, [WHERE])).to.deep.equal([]);
    const [[from, off] = []] = carried(MOVE, [WHERE]);
    expect([from, off]).to.deep.equal([0, 0]);
  });

  it('knows the part again in a reply', () => {
    const [carry] = carriesInto(baseCall(USE, 0, options), [OPEN]);
    const reply = Uint8Array.from([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const { parts } = pointsOf(OPEN.declared.procedure.result, reply);
    expect(parts.find((part) => carry?.wanted(part))).to.include({ off: 4, len: 8 });
  });
});
