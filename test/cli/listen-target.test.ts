import { expect } from 'chai';
import { parseArguments } from '../../cli/arguments.ts';
import { capture } from '../../cli/capture.ts';
import { isCliError } from '../../cli/errors.ts';
import { listenTarget } from '../../cli/listen-target.ts';

async function listening(url: string, ...words: string[]): Promise<string> {
  const args = await parseArguments(words, capture);
  try {
    return listenTarget('--proxy', url, args, 'that is a risk').kind;
  } catch (e) {
    if (!isCliError(e)) throw e;
    return `${e.why} (${e.hint ?? ''})`;
  }
}

describe('cli/listen-target', () => {
  it('takes what can be listened on', async () => {
    expect(await listening('tcp://127.0.0.1:0')).to.equal('tcp');
    expect(await listening('udp://[::1]:0')).to.equal('udp');
    expect(await listening('unix:///run/x.sock')).to.equal('unix');
    expect(await listening('tls://0.0.0.0:1?cert=a&key=b')).to.equal('tls');
  });

  it('lets others reach a listener in the clear only when told to', async () => {
    for (const url of ['tcp://0.0.0.0:1', 'udp://[::]:1', 'tcp://192.0.2.1:1', 'tcp://host.example:1']) {
      expect(await listening(url)).to.match(/is not loopback.*--insecure-listen allows it: that is a risk/);
      expect(await listening(url, '--insecure-listen')).to.match(/^(?:tcp|udp)$/);
    }
  });

  it('refuses what nothing listens on, and TLS without a certificate', async () => {
    expect(await listening('ssh://host/run/x.sock')).to.match(/^nothing of ours listens on ssh:/);
    expect(await listening('fd:3')).to.match(/^nothing of ours listens/);
    expect(await listening('tls://127.0.0.1:1?cert=a')).to.match(/needs \?cert=FILE&key=FILE/);
    expect(await listening('nonsense')).to.match(/is no target/);
  });
});
