/** The recorded session with rpcbind, against a rpcbind that was started as the recorded one was. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemon, done, oncilla, program, waitFor } from './world.ts';

const report = join(mkdtempSync(join(tmpdir(), 'oncilla-rpcbind-')), 'report.json');
daemon('rpcbind', ['-f', '-w']);
// the recorded one was asked once before, which its statistics count
await waitFor(
  'rpcbind',
  async () => (await program('rpcinfo', ['-T', 'udp', '127.0.0.1', '100000'])).status === 0,
);
const capture = join(import.meta.dirname, '../../../captures/rpcbind-tcp-udp.pcap');
const targets = ['--to', 'tcp://127.0.0.1:111', '--to', 'udp://127.0.0.1:111'];
const ran = await oncilla('replay', capture, ...targets, '--timeout', '3', '--report', report);
done({ ...ran, report: JSON.parse(readFileSync(report, 'utf8')) });
