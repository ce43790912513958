import { expect } from 'chai';
import type { Driver } from '../../../server/drivers/driver.ts';
import { isDriverError } from '../../../server/drivers/error.ts';
import { createTestDriver } from '../../../server/drivers/test/test-driver.ts';
import { EVENT_LIMITS } from '../../../server/virt/event-stream.ts';
import { Session } from '../../../server/virt/session.ts';
import type { ConnectionView } from '../../../transport/peer-types.ts';

const connection: ConnectionView = {
  id: 1,
  access: 'rw',
  transport: 'tcp',
  remote: 'r',
  callback: () => Promise.resolve(),
  onClose: () => undefined,
};

function code(work: () => unknown): string {
  try {
    work();
    return 'OK';
  } catch (e) {
    if (!isDriverError(e)) throw e;
    return e.code;
  }
}

describe('server/virt/session', () => {
  let drivers: Driver[];
  const begin = (): Session => new Session(connection, drivers, EVENT_LIMITS);

  before(async () => {
    drivers = [
      await createTestDriver({ uri: 'test:///default' }),
      await createTestDriver({ uri: 'test:///second.xml', configuration: '<node/>' }),
    ];
  });

  it('agrees on the newest minor version that both speak, and on features both know', () => {
    const cases: [number, number, number | string][] = [
      [0, 0, 0],
      [0, 1, 1],
      [1, 1, 1],
      [0, 0xffffffff, 1],
      [1, 0, 'INVALID_ARG'],
      [2, 9, 'NO_SUPPORT'],
    ];
    for (const [low, high, expected] of cases) {
      const session = begin();
      const exchange = () =>
        session.exchange({
          minor_low: low,
          minor_high: high,
          features: ['x', 'keepalive', 'keepalive', '__proto__'],
        });
      if (typeof expected === 'string') {
        expect(code(exchange), `${low}-${high}`).to.equal(expected);
        expect(session.minor).to.equal(0);
      } else {
        expect(exchange()).to.deep.equal({ minor: expected, features: ['keepalive'] });
        expect(session.minor).to.equal(expected);
        expect(code(exchange)).to.equal('OPERATION_INVALID');
      }
    }
  });

  it('opens once, again after closing, and never after the first driver was used', () => {
    const session = begin();
    session.open('test:///second.xml');
    expect(session.driver()).to.equal(drivers[1]);
    expect(code(() => session.open('test:///default'))).to.equal('OPERATION_INVALID');
    session.close();
    expect(code(() => session.driver())).to.equal('INVALID_CONN');
    expect(code(() => session.close())).to.equal('INVALID_CONN');
    session.open(null);
    expect(session.driver()).to.equal(drivers[0]);
    const silent = begin();
    expect(silent.errorDomain).to.equal(null);
    expect(silent.driver()).to.equal(drivers[0]);
    expect(silent.errorDomain).to.equal(12);
    expect(code(() => silent.open('test:///second.xml'))).to.equal('OPERATION_INVALID');
  });

  it('stays as it is where opening is refused', () => {
    const session = begin();
    expect(code(() => session.open('test:///etc/passwd'))).to.equal('NO_CONNECT');
    session.open('test:///second.xml');
    expect(session.driver()).to.equal(drivers[1]);
  });
});
