import { expect } from 'chai';
import { isLoopback, isOwnMachine, joinHostPort, parseTarget, targetUrl } from '../../transport/target.ts';

describe('target', () => {
  for (const [text, expected] of [
    ['tcp://127.0.0.1:111', { kind: 'tcp', host: '127.0.0.1', port: 111 }],
    ['tcp://[::1]:0', { kind: 'tcp', host: '::1', port: 0 }],
    ['tcp://[fe80::1%eth0]:1', { kind: 'tcp', host: 'fe80::1%eth0', port: 1 }],
    ['udp://host.example:65535', { kind: 'udp', host: 'host.example', port: 65535 }],
    ['unix:///run/a%20b.sock', { kind: 'unix', path: '/run/a b.sock', host: '' }],
    ['ssh://me@host/run/a.sock', { kind: 'ssh', host: 'host', user: 'me', port: 0, path: '/run/a.sock' }],
    ['ssh://host:2222/a', { kind: 'ssh', host: 'host', user: '', port: 2222, path: '/a' }],
    ['fd:3', { kind: 'fd', fd: 3 }],
  ] as const) {
    it(`reads ${text}, and writes it back`, () => {
      const target = parseTarget(text);
      expect(target).to.include(expected);
      expect(target.params.size).to.equal(0);
      expect(targetUrl(target)).to.equal(text);
    });
  }

  it('reads parameters', () => {
    const { params } = parseTarget('tls://h:1?starttls=1&ca=/a%26b.pem&verify=none&servername=x&access=ro');
    expect(Object.fromEntries(params)).to.deep.equal({
      starttls: '1',
      ca: '/a&b.pem',
      verify: 'none',
      servername: 'x',
      access: 'ro',
    });
    expect(targetUrl(parseTarget('tls://h:1/?starttls=1'))).to.equal('tls://h:1');
  });

  for (const text of [
    '',
    'host:1',
    'http://h:1',
    'tcp:h:1',
    'tcp://h',
    'tcp://h:',
    'tcp://h:65536',
    'tcp://h:1/path',
    'tcp://me@h:1',
    'tcp://::1:1',
    'tcp://-h:1',
    'tcp://h:1#x',
    'tcp://h:1?starttls=1',
    'tcp://h:1?access=all',
    'tcp://h:1?access',
    'tcp://h:1?access=ro&access=rw',
    'tcp://h:1?__proto__=1',
    'tls://h:1?verify=yes',
    'tls://h:1?ca=%zz',
    'tls://h:1?ca=%00',
    'unix://host/path',
    'unix://',
    'unix:///',
    'unix:///a\nb',
    'unix:///a%0ab',
    'ssh://host',
    'ssh://host/',
    'ssh://-oProxyCommand=x/a',
    'ssh://a b/c',
    'fd:x',
    'fd:',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseTarget(text))
        .to.throw('is no target')
        .with.property('code', 'BAD_TARGET');
    });
  }

  it('knows what stays on this machine', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost'])
      expect(isLoopback(host), host).to.equal(true);
    for (const host of ['128.0.0.1', '0.0.0.0', '::', '127.0.0.1.example', 'localhost.example', ''])
      expect(isLoopback(host), host).to.equal(false);
    expect([joinHostPort('::1', 5), joinHostPort('h', -1)]).to.deep.equal(['[::1]:5', 'h']);
  });

  it('knows which targets are on this machine: SSH may lead anywhere from here', () => {
    for (const url of ['unix:///run/a', 'tcp://127.0.0.1:1', 'udp://[::1]:1', 'tls://localhost:1']) {
      expect(isOwnMachine(parseTarget(url)), url).to.equal(true);
    }
    for (const url of [
      'tcp://10.0.0.1:1',
      'ssh://localhost/run/a',
      'ssh://[::1]/run/a',
      'tls://a.example:1',
    ]) {
      expect(isOwnMachine(parseTarget(url)), url).to.equal(false);
    }
  });
});
