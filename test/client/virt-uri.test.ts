import { expect } from 'chai';
import { parseVirtUri, routeOf, type VirtRoute } from '../../client/virt-uri.ts';
import { isTransportError } from '../../transport/errors.ts';
import { targetUrl } from '../../transport/target.ts';
import { defaultSocket } from '../../transport/unix-path.ts';

function shown(route: VirtRoute): string {
  if ('command' in route) return `command ${route.command} opens ${route.open}`;
  const params = [...route.target.params].map(([name, value]) => ` ${name}=${value}`).join('');
  const ssh = route.ssh === undefined ? '' : ` ssh ${route.ssh.program ?? ''}[${route.ssh.args?.join(' ')}]`;
  return `${targetUrl(route.target)}${params}${ssh} opens ${route.open}`;
}

describe('client/virt-uri', () => {
  it('parses the whole grammar', () => {
    expect(parseVirtUri('qemu+ssh://me%40x@[fe80::1]:2222/system?socket=%2Frun%2Fs&no_tty=1')).to.deep.equal({
      driver: 'qemu',
      transport: 'ssh',
      user: 'me@x',
      host: 'fe80::1',
      port: 2222,
      path: '/system',
      params: new Map([
        ['socket', '/run/s'],
        ['no_tty', '1'],
      ]),
    });
    expect(parseVirtUri('test:///default')).to.deep.include({
      transport: null,
      host: '',
      port: 0,
      path: '/default',
    });
    expect(parseVirtUri('test+tcp://h')).to.include({ path: '/' });
  });

  it('finds the way, and what to open there', () => {
    const cases: [string, string][] = [
      ['test:///default', 'tcp://127.0.0.1:16609 opens test:///default'],
      ['test+tcp://127.0.0.1:4000/default', 'tcp://127.0.0.1:4000 opens test:///default'],
      ['test+tcp:///default', 'tcp://127.0.0.1:16609 opens test:///default'],
      ['test+tcp://[::1]:1/x.xml', 'tcp://[::1]:1 opens test:///x.xml'],
      ['test://host/default', 'tls://host:16609 opens test:///default'],
      ['test+tls://host:1/d?no_verify=1', 'tls://host:1 verify=none opens test:///d'],
      [
        'test+tls://host/d?pkipath=/p&servername=n&starttls=1',
        'tls://host:16609 ca=/p/cacert.pem cert=/p/clientcert.pem key=/p/clientkey.pem starttls=1 servername=n opens test:///d',
      ],
      ['qemu+unix:///system?socket=/run/x.sock', 'unix:///run/x.sock opens qemu:///system'],
      ['qemu+ssh://h/system', 'ssh://h/run/oncilla/virt.sock ssh [] opens qemu:///system'],
      ['qemu+ssh://me@h:22/system?socket=/s', 'ssh://me@h:22/s ssh [] opens qemu:///system'],
      [
        'qemu+ssh://h/system?socket=/s&command=/bin/myssh&keyfile=/k&no_tty=1&no_verify=1',
        'ssh://h/s ssh /bin/myssh[-i /k -o BatchMode=yes -o StrictHostKeyChecking=no] opens qemu:///system',
      ],
      ['test+ext:///default?command=/bin/tunnel', 'command /bin/tunnel opens test:///default'],
      ['remote+tcp://h/', 'tcp://h:16609 opens null'],
      ['test+tcp://h/a?name=qemu:///system', 'tcp://h:16609 opens qemu:///system'],
    ];
    for (const [uri, expected] of cases) expect(shown(routeOf(uri)), uri).to.equal(expected);
    const env = { XDG_RUNTIME_DIR: '/run/user/7' };
    expect(shown(routeOf('qemu+unix:///system', { env })), 'where serve listens').to.equal(
      `unix://${defaultSocket(env)} opens qemu:///system`,
    );
    expect(shown(routeOf('qemu:///system', { local: 'unix:///run/own' }))).to.equal(
      'unix:///run/own opens qemu:///system',
    );
  });

  it('refuses what is no URI, or has what its transport has not', () => {
    for (const uri of [
      '',
      'default',
      '/default',
      'test',
      'TEST:///default',
      'test+carrier-pigeon://h/',
      'test+libssh2://h/',
      'test+tcp://h:x/',
      'test+tcp://h:65536/',
      'test+tcp://u@h/',
      'test+tcp://-h/',
      'test+ssh://-u@h/',
      'test+ssh://u@/',
      'test+tcp://:1/',
      'test+ssh:///x',
      'test+tls:///x',
      'test+unix://h/x',
      'test+unix:///x?socket=relative',
      'test+ext:///x',
      'test+ext://h/x?command=/c',
      'test+tcp:///x?command=/c',
      'test+tcp:///x?socket=/s',
      'test:///x?socket=/s',
      'test:///x?command=/c',
      'test+tls://h/?no_verify=yes',
      'test+tls://h/?verify=maybe',
      'test+tcp://h/?name=a&name=b',
      'test+tcp://h/?name',
      'test+tcp://h/?name=%zz',
      'test+tcp://h/?name=%00',
      'test+tcp://h/#x',
      'test+tcp://h/ x',
      'test+tcp://h/\n',
    ])
      expect(() => routeOf(uri), uri)
        .to.throw()
        .that.satisfies((e: unknown) => isTransportError(e) && e.code === 'BAD_TARGET');
  });
});
