import { expect } from 'chai';
import { StoreError } from '../../../../server/store/error.ts';
import { forgetfulStore } from '../../../../server/store/object-store.ts';
import { element } from '../../../../server/virt/xml/element.ts';
import { uuidNumber } from '../../documents.ts';
import { playHost } from './host.ts';

const event = {
  source: 'domain',
  kind: 0,
  detail: 1,
  ref: { id: -1, uuid: uuidNumber(1), name: 'a' },
} as const;

describe('server/drivers/test/host', () => {
  it('ticks with every change and tells those who listen', async () => {
    const { host, events } = await playHost();
    const heard: unknown[] = [];
    const unsubscribe = host.subscribe((one) => heard.push(one));
    host.changed(event);
    unsubscribe();
    host.changed(event);
    expect([host.ticks, heard, events]).to.deep.equal([2n, [event], [event, event]]);
  });

  it('bounds one document, and all together', async () => {
    const { host } = await playHost({ xmlBytes: 20 });
    expect(host.print(element('a'))).to.equal('<a/>\n');
    host.account('x'.repeat(15), null);
    expect(host.print(element('a'))).to.equal('<a/>\n');
    host.account('x', null);
    expect(() => host.print(element('a'))).to.throw('limit reached: 20 bytes of XML');
    host.account(null, 'x');
    expect(host.print(element('a'))).to.equal('<a/>\n');
    const { host: roomy } = await playHost();
    const filled = (n: number) => element('a', {}, ['x'.repeat(n)]);
    expect(roomy.print(filled(262_080 - 8))).to.have.length(262_080);
    expect(() => roomy.print(filled(262_080 - 7))).to.throw('262081 bytes once laid out');
  });

  it("turns the store's errors into the driver's, and no others", async () => {
    const fails = async (): Promise<never> => {
      throw new StoreError('IO', 'cannot be kept: ENOSPC');
    };
    const { host } = await playHost({}, { ...forgetfulStore, put: fails });
    const given = await host.put('domain', uuidNumber(1), {}, null).catch((e: unknown) => e);
    expect(given).to.include({ code: 'SYSTEM', message: 'cannot be kept: ENOSPC' });
    const bug = async (): Promise<never> => {
      throw new RangeError('bug');
    };
    const { host: other } = await playHost({}, { ...forgetfulStore, remove: bug });
    expect(await other.remove('domain', uuidNumber(1), {}).catch((e: unknown) => e)).to.be.instanceOf(
      RangeError,
    );
  });
});
