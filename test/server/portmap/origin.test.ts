import { expect } from 'chai';
import { originOf } from '../../../server/portmap/origin.ts';
import type { ConnectionView } from '../../../transport/peer-types.ts';

function from(transport: string, remote: string, local?: string): ConnectionView {
  return {
    id: 1,
    access: 'rw',
    transport,
    remote,
    ...(local !== undefined && { local }),
    callback: () => Promise.reject(new Error('none')),
    onClose() {},
  };
}

describe('server/portmap/origin', () => {
  it('lets this machine register, as root only from where root alone can call', () => {
    const cases: [string, string, string, boolean, string][] = [
      ['unix', 'unix:/run/rpcbind.sock', 'local', true, 'superuser'],
      ['tcp', '127.0.0.1:1023', 'tcp', true, 'superuser'],
      ['tcp', '127.0.0.1:1024', 'tcp', true, 'unknown'],
      ['udp', '127.9.9.9:700', 'udp', true, 'superuser'],
      ['tcp', '[::1]:700', 'tcp6', true, 'superuser'],
      ['udp', '[::1]:4000', 'udp6', true, 'unknown'],
      ['tcp', '[::ffff:127.0.0.1]:4000', 'tcp', true, 'unknown'],
      ['tcp', '192.0.2.1:700', 'tcp', false, 'unknown'],
      ['udp', '[2001:db8::1]:700', 'udp6', false, 'unknown'],
      ['tls', '192.0.2.1:700', 'tcp', false, 'unknown'],
    ];
    for (const [transport, remote, netid, local, owner] of cases) {
      expect(originOf(from(transport, remote)), remote).to.include({ netid, local, owner });
    }
  });

  it('knows at which of our addresses it was asked, where that is known', () => {
    expect(originOf(from('tcp', '192.0.2.1:1', '192.0.2.9:111')).localHost).to.equal('192.0.2.9');
    expect(originOf(from('udp', '192.0.2.1:1')).localHost).to.equal('');
  });
});
