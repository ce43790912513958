import { expect } from 'chai';
import { canonicalUuid } from '../../../../codec/programs/uuid.ts';
import { Identifiers } from '../../../../server/drivers/test/identifiers.ts';
import { MAC } from '../../../../server/virt/xml/domain.ts';

const draw = (ids: Identifiers): string[] => [ids.uuid(() => false), ids.mac(), ids.uuid(() => false)];

describe('server/drivers/test/identifiers', () => {
  it('follow from the seed, and differ', () => {
    const first = draw(new Identifiers('a'));
    expect(draw(new Identifiers('a'))).to.deep.equal(first);
    expect(draw(new Identifiers('b'))).not.to.deep.equal(first);
    expect(new Set(first).size).to.equal(3);
  });

  it('are what they should look like', () => {
    const ids = new Identifiers('s');
    for (let i = 0; i < 50; i++) {
      const uuid = ids.uuid(() => false);
      expect(uuid).to.match(/^.{14}4.{4}[89ab]/);
      expect(canonicalUuid(uuid)).to.equal(uuid);
      expect(ids.mac())
        .to.match(MAC)
        .and.match(/^52:54:00:/);
    }
  });

  it('pass over what is taken, and give back what a refused call drew', () => {
    const [taken = ''] = draw(new Identifiers('a'));
    expect(new Identifiers('a').uuid((uuid) => uuid === taken)).not.to.equal(taken);
    const ids = new Identifiers('a');
    const giveBack = ids.mark();
    draw(ids);
    giveBack();
    expect(ids.uuid(() => false)).to.equal(taken);
  });
});
