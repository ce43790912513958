import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseArguments } from '../../cli/arguments.ts';
import { MemoryOutput } from '../../cli/output.ts';
import { Daemon } from '../../cli/serve/daemon.ts';
import { jsonLog } from '../../cli/serve/log.ts';
import { SERVE_OPTIONS } from '../../cli/serve/options.ts';
import { serveSettings } from '../../cli/serve/settings.ts';
import { connectVirt } from '../../client/virt.ts';
import {
  comment,
  enhancedPacket,
  interfaceDescription,
  sectionHeader,
} from '../../dissector/capture/write-pcapng.ts';
import { captureFile } from '../tui/opened.ts';
import { until } from '../until.ts';
import { missingPrograms } from './namespace.ts';
import { Tmux, type TmuxOptions } from './tmux.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const CRASHING = fileURLToPath(new URL('inside/crashing-watch.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const missing = missingPrograms(['tmux', 'bash', 'pgrep']);

describe(`peers: watch in a real terminal${missing.length > 0 ? ` (without ${missing.join(', ')})` : ''}`, function () {
  // each starts a shell and the command from its source, on a machine that may be busy
  this.timeout(60_000);
  const open: Tmux[] = [];
  let folder: string;

  before(function () {
    if (missing.length > 0) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'oncilla-test-'));
  });
  afterEach(() => {
    for (const session of open.splice(0)) session.close();
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const watch = async (file = captureFile('nfs3-libnfs.pcap'), options?: TmuxOptions): Promise<Tmux> => {
    const session = new Tmux(
      `cd ${ROOT}; clear; echo before; node --import tsx ${MAIN} watch ${file}; echo status $?`,
      options,
    );
    open.push(session);
    await session.shows('oncilla watch');
    return session;
  };

  it('is driven by keys and clicks, in colour, and gives the terminal back as it was', async () => {
    const session = await watch();
    await session.shows('276 packets');
    expect(session.format('alternate_on')).to.equal('1');
    session.keys('j', 'Down', 'c');
    await session.shows(/MOUNT V3 +MNT/);
    expect(session.screen(true)).to.match(/\x1b\[38;5;114m.*SUCCESS/);
    session.keys('c', 'G');
    await session.shows('Fields of packet 276');
    // the third line of the list, by a click
    session.type('\x1b[<0;10;6M\x1b[<0;10;6m');
    session.keys('Enter');
    await session.shows(/ 26\d\/276/);
    session.keys('q');
    await session.shows('status 0');
    expect(session.screen()).to.match(/^before\n/);
    expect(session.format('alternate_on')).to.equal('0');
    expect(session.format('mouse_any_flag')).to.equal('0');
    expect(session.format('cursor_flag')).to.equal('1');
  });

  it('draws anew at every size, down to 80x24 and below', async () => {
    const session = await watch();
    for (const [width, height] of [
      [140, 42],
      [80, 24],
      [40, 10],
      [100, 30],
    ] as const) {
      session.resize(width, height);
      await until(() => {
        const lines = session.screen().trimEnd().split('\n');
        return lines.length === height && / 1\/276/.test(lines.at(-1)!);
      }, `a screen of ${width}x${height}`);
    }
  });

  it('stops as a job and comes back', async () => {
    const session = await watch();
    await session.shows('276 packets');
    session.keys('j', 'C-z');
    await session.shows('Stopped');
    expect(session.format('alternate_on')).to.equal('0');
    session.type('fg');
    session.keys('Enter');
    await session.shows('Fields of packet 2');
    session.keys('j');
    await session.shows('Fields of packet 3');
  });

  for (const [signal, status] of [
    ['TERM', 143],
    ['HUP', 129],
    ['INT', 130],
  ] as const) {
    it(`gives the terminal back on SIG${signal}`, async () => {
      const session = await watch();
      const pid = execFileSync('pgrep', ['-P', session.format('pane_pid'), 'node'])
        .toString()
        .trim();
      process.kill(Number(pid), `SIG${signal}`);
      await session.shows(`status ${status}`);
      expect(session.format('alternate_on')).to.equal('0');
      session.type('echo typed');
      session.keys('Enter');
      await session.shows(/\ntyped\n/);
    });
  }

  it('gives the terminal back when it crashes, and says why behind it', async () => {
    const session = new Tmux(`cd ${ROOT}; clear; node --import tsx ${CRASHING}; echo status $?`);
    open.push(session);
    await session.shows('oncilla watch');
    session.keys('j');
    await session.shows(/TypeError: a planted mistake[\s\S]*status 1/);
    expect(session.format('alternate_on')).to.equal('0');
    session.type('echo typed');
    session.keys('Enter');
    await session.shows(/\ntyped\n/);
  });

  it('ends with its terminal', async () => {
    const session = await watch();
    const pid = Number(execFileSync('pgrep', ['-P', session.format('pane_pid'), 'node']).toString());
    session.close();
    await until(() => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    }, 'the end of the process');
  });

  it('text in a packet cannot style the screen, move the cursor or reach the clipboard', async () => {
    const evil = join(folder, 'evil.pcapng');
    const text = '\x1b]52;c;aGFja2Vk\x07\x1b[2J\x1b[31m{red-fg}\x9b1;1H\u202eevil';
    const packet = Buffer.alloc(60);
    writeFileSync(
      evil,
      Buffer.concat([
        sectionHeader(),
        interfaceDescription(1),
        enhancedPacket(0, 1_700_000_000, 0, packet, 60, [comment(text)], 1_000_000n),
      ]),
    );
    const session = await watch(evil, { width: 160 });
    await session.shows('\\x1b]52;c;aGFja2Vk\\x07\\x1b[2J\\x1b[31m{red-fg}');
    expect(session.buffers()).to.equal('');
    const [title] = session.screen().split('\n');
    expect(title).to.match(/oncilla watch · /);
  });

  it('shows the calls of a client to the daemon as they pass through its proxy', async () => {
    const args = await parseArguments(['--listen=tcp://127.0.0.1:0', '--drain=1'], {
      options: SERVE_OPTIONS,
    });
    const daemon = await Daemon.start(
      serveSettings(args, {}),
      jsonLog(new MemoryOutput(), () => 'error'),
    );
    try {
      const port = await freePort();
      const proxy = `--proxy tcp://127.0.0.1:${port}=${daemon.listening[0]!.url} --calls`;
      const session = await watch(proxy, { width: 120 });
      const client = await connectVirt(`test+tcp://127.0.0.1:${port}/default`);
      await client.domains();
      await client.domainByName('nowhere').catch(() => undefined);
      await client.close();
      await session.shows(/VIRT V1 +LIST_ALL_DOMAINS +[\d.]+ [mµ]s SUCCESS/);
      await session.shows(/VIRT V1 +CLOSE/);
      expect(session.screen().split('\n')[0]).to.match(/[1-9] calls · following/);
    } finally {
      await daemon.stop();
    }
  });

  it('copies only when asked, and shows ASCII where the locale has no more', async () => {
    const session = await watch(undefined, { env: { LANG: 'C' } });
    expect(session.screen()).to.match(/^[\x00-\x7f]*$/);
    await session.shows('276 packets');
    session.keys('1', '8', 'G', 'y', 'c');
    await session.shows(/copied \d+ characters/);
  });
});

/** A port that nobody listens on, for a moment at least. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
