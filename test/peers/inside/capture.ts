/** An interface captured by either program while our client asks our daemon something; what it holds, by our reading. */
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeIo, run } from '../../cli/fake-io.ts';
import { Daemon } from '../daemon.ts';
import { done, program, waitFor } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'oncilla-capture-'));
const daemon = await Daemon.start(['--listen', 'tcp://127.0.0.1:0']);
const uri = `test+${daemon.urls[0]}/default`;

async function captured(name: 'dumpcap' | 'tcpdump') {
  // a folder that has this one only, before those where systems keep such programs
  const bin = mkdtempSync(join(folder, 'bin-'));
  const where = (await program('sh', ['-c', `command -v ${name}`])).out.trim();
  symlinkSync(where, join(bin, name));
  const file = join(folder, `${name}.pcapng`);
  const io = fakeIo({ env: { PATH: bin } });
  const filter = `tcp port ${daemon.port()}`;
  const ended = run(['capture', '-i', 'lo', '-f', filter, '-w', file], io);
  await waitFor('the capture', async () => io.stderr.text.includes('capturing on'));
  for (const words of [['list', '--all'], ['nodeinfo']]) await run(['virt', '-c', uri, ...words]);
  io.abort.abort();
  const { status, err } = await ended;
  const { out } = await run(['inspect', '--calls', '-T', 'ndjson', file]);
  const calls = out
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const tshark = await program('tshark', [
    ...['-r', file, '-o', 'rpc.dissect_unknown_programs:TRUE', '-Y', 'rpc', '-T', 'fields'],
    ...['-e', 'rpc.xid', '-e', 'rpc.msgtyp', '-e', 'rpc.procedure'],
  ]);
  return { status, err, calls, tshark: tshark.out };
}

const dumpcap = await captured('dumpcap');
const tcpdump = await captured('tcpdump');
await daemon.stop();
done({ dumpcap, tcpdump });
