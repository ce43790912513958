import { expect } from 'chai';
import {
  DriverError,
  invalid,
  invalidArgument,
  isDriverError,
  noDomain,
  noNetwork,
  tooMuch,
  xmlError,
} from '../../../server/drivers/error.ts';

describe('server/drivers/error', () => {
  it("has libvirt's numbers and words", () => {
    const cases: [DriverError, number, string][] = [
      [
        noDomain("no domain with matching name 'x'"),
        42,
        "Domain not found: no domain with matching name 'x'",
      ],
      [noNetwork('gone'), 43, 'Network not found: gone'],
      [invalid('domain is not running'), 55, 'Requested operation is not valid: domain is not running'],
      [xmlError('no name'), 27, 'XML error: no name'],
      [invalidArgument('bad'), 8, 'invalid argument: bad'],
      [new DriverError('DOM_EXIST', 'there'), 28, 'there'],
      [new DriverError('NETWORK_EXIST', 'there'), 61, 'there'],
      [new DriverError('OPERATION_DENIED', 'no'), 29, 'no'],
      [tooMuch('domains'), 1001, 'limit reached: domains'],
    ];
    for (const [error, number, message] of cases) {
      expect(error.number, message).to.equal(number);
      expect(error.message).to.equal(message);
      expect(isDriverError(error)).to.equal(true);
    }
    expect(isDriverError(new Error('x'))).to.equal(false);
  });

  it('keeps the object, the detail and the cause', () => {
    const cause = new Error('EIO');
    const domain = { id: 1, uuid: 'u', name: 'n' };
    const error = new DriverError('SYSTEM', 'cannot write', { domain, detail: 'EIO', cause });
    expect(error).to.include({ domain, detail: 'EIO', cause, network: undefined });
  });
});
