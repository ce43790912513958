import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadSession } from '../../replay/index.ts';
import { allPrograms, capture } from './sessions.ts';

describe('replay/load-session', () => {
  it('gives what came before a capture breaks off, and why it does', async () => {
    const home = mkdtempSync(join(tmpdir(), 'oncilla-replay-'));
    try {
      const file = join(home, 'cut.pcap');
      const whole = readFileSync(capture('ledger-udp.pcap'));
      writeFileSync(file, whole.subarray(0, whole.length - 7));
      const { session, error } = await loadSession(file, { table: await allPrograms() });
      expect(error?.code).to.equal('TRUNCATED');
      expect(session.calls).to.have.length(22);
      expect(session.calls.filter(({ reply }) => reply === null)).to.have.length(1);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
