import { expect } from 'chai';
import { registrations } from '../../../cli/serve/register.ts';
import { programs } from '../../../codec/programs/virt.gen.ts';

describe('cli/serve/register', () => {
  it('registers what rpcbind knows of: TCP, UDP and UNIX listeners', () => {
    const program = programs.find(({ number }) => number === 0x20001a65)!;
    const urls = ['tcp://127.0.0.1:258', 'udp://[::1]:1', 'unix:///run/s', 'tls://127.0.0.1:9'];
    const made = registrations(urls, [{ program, handler: () => undefined }]);
    expect(made.map(({ key, address }) => [key.netid, key.version, address])).to.deep.equal([
      ['tcp', 1, '127.0.0.1.1.2'],
      ['udp6', 1, '::1.0.1'],
      ['local', 1, '/run/s'],
    ]);
  });
});
