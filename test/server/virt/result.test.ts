import { expect } from 'chai';
import { virt_status } from '../../../codec/programs/virt.gen.ts';
import { DriverError } from '../../../server/drivers/error.ts';
import { answer, bounded, map, wireDomain, wireNetwork } from '../../../server/virt/result.ts';
import { uuidNumber } from '../documents.ts';

const bytes = new Uint8Array([0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 7]);

describe('server/virt/result', () => {
  it('answers bodies, now or later', async () => {
    expect(answer(() => ({ a: 1 }), 12)).to.deep.equal({ status: virt_status.VIRT_OK, a: 1 });
    expect(await answer(async () => ({ a: 1 }), 12)).to.deep.equal({ status: virt_status.VIRT_OK, a: 1 });
  });

  it('answers what a driver refuses with all it says, now or later', async () => {
    const domain = { id: 1, uuid: uuidNumber(7), name: 'd' };
    const error = new DriverError('NO_DOMAIN', 'gone', {
      domain,
      network: { uuid: uuidNumber(7), name: 'n' },
      detail: 'x',
    });
    const expected = {
      status: virt_status.VIRT_FAILED,
      error: {
        code: 42,
        domain: 12,
        level: 2,
        message: 'gone',
        dom: { id: 1, uuid: bytes, name: 'd' },
        net: { uuid: bytes, name: 'n' },
        detail: 'x',
      },
    };
    const work = (): never => {
      throw error;
    };
    expect(answer(work, 12)).to.deep.equal(expected);
    expect(await answer(async () => work(), 12)).to.deep.equal(expected);
  });

  it('lets other failures through', async () => {
    const bug = (): never => {
      throw new RangeError('bug');
    };
    expect(() => answer(bug, 12)).to.throw(RangeError);
    expect(await Promise.resolve(answer(async () => bug(), 12)).catch((e: unknown) => e)).to.be.instanceOf(
      RangeError,
    );
  });

  it('maps now or later', async () => {
    expect(map(1, (n) => n + 1)).to.equal(2);
    expect(await map(Promise.resolve(1), (n) => n + 1)).to.equal(2);
  });

  it('puts names on the wire', () => {
    expect(wireDomain({ id: -1, uuid: uuidNumber(7), name: 'd' })).to.deep.equal({
      id: -1,
      uuid: bytes,
      name: 'd',
    });
    expect(wireNetwork({ uuid: uuidNumber(7), name: 'n' })).to.deep.equal({ uuid: bytes, name: 'n' });
  });

  it('bounds text in bytes, whole characters, no bytes that are no text', () => {
    expect(bounded('x'.repeat(10), 10)).to.equal('x'.repeat(10));
    expect(bounded('x'.repeat(11), 10)).to.equal(`${'x'.repeat(7)}…`);
    expect(bounded('é'.repeat(6), 10)).to.equal('ééé…');
    expect(bounded('😀😀😀', 10)).to.equal('😀…');
    expect(bounded('a\udc80b', 10)).to.equal('a\ufffdb');
  });
});
