import { expect } from 'chai';
import fc from 'fast-check';
import type { Driver } from '../../../server/drivers/driver.ts';
import { isDriverError } from '../../../server/drivers/error.ts';
import { selectDriver } from '../../../server/virt/select-driver.ts';

/** Selecting uses nothing of a driver but its URI. */
const named = (uri: string): Driver =>
  new Proxy({} as Driver, {
    get: (_, key) => (key === 'uri' ? uri : expect.fail(`asked for ${String(key)}`)),
  });
const drivers = [named('test:///default'), named('test:///srv/node.xml'), named('qemu:///system')];

function refusal(uri: string): string {
  try {
    selectDriver(uri, drivers);
  } catch (e) {
    if (!isDriverError(e)) throw e;
    return e.code;
  }
  return 'selected';
}

describe('server/virt/select-driver', () => {
  it('selects by driver and path, letter for letter', () => {
    for (const driver of drivers) expect(selectDriver(driver.uri, drivers)).to.equal(driver);
    expect(selectDriver(null, drivers)).to.equal(drivers[0]);
    expect(selectDriver('', drivers)).to.equal(drivers[0]);
  });

  it('finds nothing else, however it is written', () => {
    for (const uri of [
      'test:///etc/passwd',
      'test:///default/',
      'test:////default',
      'test:///DEFAULT',
      'test:///%64efault',
      'test:///./default',
      'test:///x/../default',
      'test://',
      'test:///',
      'xen:///default',
      'qemu:///session',
      'test:///default\0',
      'constructor:///',
    ])
      expect(refusal(uri), uri).to.equal('NO_CONNECT');
  });

  it('refuses transports, users, hosts, ports and parameters', () => {
    for (const uri of [
      'test+ext:///default',
      'test+ext:///default?command=/bin/id',
      'test+tcp:///default',
      'test+:///default',
      'test://host/default',
      'test://user@/default',
      'test://:16509/default',
      'test://127.0.0.1:22/default',
      'test://[::1]/default',
      'test:///default?command=/bin/id',
      'test:///default?socket=/run/x.sock',
      'test:///default?',
      'test:///default#x',
      'test:///default?a\nb',
      'default',
      '/default',
      'TEST:///default',
      ' test:///default',
      'test:/default',
    ])
      expect(refusal(uri), uri).to.equal('INVALID_ARG');
  });

  it('selects for no other text', () => {
    const uris = drivers.map((driver) => driver.uri);
    const near = fc.tuple(fc.constantFrom(...uris), fc.nat(30), fc.string({ minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(near, ([uri, at, extra]) => {
        const text = uri.slice(0, at) + extra + uri.slice(at);
        if (!uris.includes(text)) expect(refusal(text)).not.to.equal('selected');
      }),
    );
  });

  it('takes linear time', () => {
    const started = performance.now();
    refusal(`test+${'+'.repeat(100_000)}`);
    refusal(`${'a'.repeat(100_000)}!`);
    refusal(`test://${'/'.repeat(100_000)}\n`);
    expect(performance.now() - started).to.be.lessThan(500);
  });

  it('has nothing to select without drivers', () => {
    expect(() => selectDriver(null, [])).to.throw('no connection driver');
  });
});
