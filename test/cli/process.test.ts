import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { until } from '../until.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const COMMAND = ['--import', 'tsx', MAIN];

describe('cli/process', () => {
  it('prints, and ends with the status of the command', () => {
    const run = (...words: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [...COMMAND, ...words], {
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    };
    expect(run('--version')).to.deep.include({ status: 0, stderr: '' });
    expect(run('nothing')).to.deep.include({ status: 2, stdout: '' });
  }).timeout(20_000);

  it('ends a command that does not come to an end by itself on a second SIGINT', async () => {
    const child = spawn(process.execPath, [...COMMAND, 'inspect', '-r', '-', '-l'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    // the header of an empty pcap, and nothing more: what has come is shown once the first packet is there
    const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
    const record = Buffer.concat([Buffer.from('00000000000000000200000002000000', 'hex'), Buffer.from('ab')]);
    child.stdin.write(Buffer.concat([header, record]));
    await once(child.stdout, 'data');
    // nothing more comes, so that the first one is waited upon
    await until(() => {
      child.kill('SIGINT');
      return child.exitCode !== null;
    });
    expect(child.exitCode).to.equal(130);
  }).timeout(20_000);
});
