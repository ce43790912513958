import { expect } from 'chai';
import { parseArguments } from '../../cli/arguments.ts';
import { capture } from '../../cli/capture.ts';
import { liveSettings } from '../../cli/capture-options.ts';
import { isCliError } from '../../cli/errors.ts';
import { targetUrl } from '../../transport/target.ts';

async function settings(...words: string[]): Promise<unknown> {
  const args = await parseArguments(words, capture);
  try {
    const live = liveSettings(args);
    if (live?.kind !== 'proxy') return live;
    return [live.listen, live.target].map((side) => [targetUrl(side), Object.fromEntries(side.params)]);
  } catch (e) {
    if (!isCliError(e)) throw e;
    return `${e.what}: ${e.why}`;
  }
}

describe('cli/capture-options', () => {
  it('knows an interface and its filter, as tcpdump takes them', async () => {
    expect(await settings('-i', 'eth0', '-f', 'tcp port 2049')).to.deep.equal({
      kind: 'interface',
      name: 'eth0',
      filter: 'tcp port 2049',
    });
    expect(await settings('-ilo')).to.deep.equal({ kind: 'interface', name: 'lo', filter: null });
    expect(await settings()).to.equal(null);
  });

  it('finds the equals sign between LISTEN and TARGET behind those of parameters', async () => {
    expect(await settings('--proxy', 'tcp://127.0.0.1:1=udp.example:2')).to.match(/is not LISTEN=TARGET/);
    expect(await settings('--proxy', 'tcp://127.0.0.1:1=tcp://[::1]:2')).to.deep.equal([
      ['tcp://127.0.0.1:1', {}],
      ['tcp://[::1]:2', {}],
    ]);
    const tls = 'tls://0.0.0.0:1?cert=/a=b.pem&key=/k=tls://h:2?ca=/c=d&starttls=1';
    expect(await settings('--proxy', tls)).to.deep.equal([
      ['tls://0.0.0.0:1', { cert: '/a=b.pem', key: '/k' }],
      ['tls://h:2', { ca: '/c=d', starttls: '1' }],
    ]);
    expect(await settings('--proxy', 'unix:///tmp/a=b=ssh://host/run/s')).to.deep.equal([
      ['unix:///tmp/a=b', {}],
      ['ssh://host/run/s', {}],
    ]);
  });

  it('refuses what cannot be', async () => {
    const target = 'tcp://127.0.0.1:2';
    for (const [words, why] of [
      [['-i', 'lo', '--proxy', `tcp://127.0.0.1:1=${target}`], '--proxy: does not go with -i'],
      [['-f', 'udp', '--proxy', `tcp://127.0.0.1:1=${target}`], '-f: needs -i'],
      [['--interface=-w'], '-i: "-w" is no interface'],
      [['--proxy', `udp://127.0.0.1:1=${target}`], /one has datagrams, the other a stream/],
      [['--proxy', `tcp://127.0.0.1:1=udp://127.0.0.1:2`], /one has datagrams, the other a stream/],
      [['--proxy', `tcp://10.0.0.1:1=${target}`], /not loopback/],
      [['--proxy', `tcp://127.0.0.1:1?access=ro=${target}`], /access= means nothing to a proxy/],
      [['--proxy', 'tcp://127.0.0.1:1=fd:3'], /nothing to connect to/],
      [['--proxy', 'tcp://127.0.0.1:1=tcp://nowhere'], /no port/],
    ] as const) {
      expect(await settings(...words)).to.match(why instanceof RegExp ? why : new RegExp(why));
    }
  });
});
