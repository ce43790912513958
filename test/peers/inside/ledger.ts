/** The rpcgen C server of captures/src/ledger.x, called by `oncilla call --idl` over TCP and UDP. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { call, daemon, done, oncilla, waitFor } from './world.ts';

const source = join(import.meta.dirname, '../../../captures/src');
const build = '/run/ledger';
mkdirSync(build);
for (const file of ['ledger.x', 'ledger-server.c']) copyFileSync(join(source, file), join(build, file));
const sh = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: build, stdio: 'pipe' });
sh('rpcgen', '-h', '-o', 'ledger.h', 'ledger.x');
sh('rpcgen', '-c', '-o', 'ledger_xdr.c', 'ledger.x');
sh('rpcgen', '-m', '-o', 'ledger_svc.c', 'ledger.x');
const sources = ['ledger-server.c', 'ledger_xdr.c', 'ledger_svc.c'];
sh('gcc', '-w', '-I/usr/include/tirpc', '-I.', '-o', 'ledger-server', ...sources, '-ltirpc');
daemon(`${build}/ledger-server`, ['34567']);

const idl = ['--idl', join(source, 'ledger.x')];
await waitFor('the ledger server', async () => {
  return (await oncilla('call', 'udp://127.0.0.1:34567', 'LEDGER.1.0', ...idl)).status === 0;
});
const findings: Record<string, unknown> = {};
for (const transport of ['tcp', 'udp']) {
  const target = `${transport}://127.0.0.1:34567`;
  const name = `Gruß ${transport}`;
  const holder = { name, balance: { unit: 'EUR', minor: '100' }, frozen: false, limits: [1, 2], heir: 'Ada' };
  const opened = await call(target, 'LEDGER_OPEN', holder, ...idl);
  const body = { kind: 'DEPOSIT', sum: { unit: 'EUR', minor: '9007199254740993' } };
  const posting = {
    account: name,
    at: { seconds: '18446744073709551615', nanoseconds: 7 },
    body,
    seal: '00'.repeat(16),
  };
  findings[transport] = {
    opened,
    posted: await call(target, 'ledger.1.POST', posting, ...idl),
    statement: await call(target, 'LEDGER2_STATEMENT', name, ...idl, '--auth', 'sys'),
    scan: (await call(target, 'LEDGER2_SCAN', transport === 'tcp' ? 9000 : 2000, ...idl)).length,
    mismatch: await oncilla('call', target, '0x20004c45.9.0', ...idl),
    measured: await oncilla('call', target, 'LEDGER2_NULL', ...idl, '--count', '500', '--concurrency', '8'),
  };
}
done(findings);
