import { expect } from 'chai';
import { stopSignal } from '../../cli/stop-signal.ts';

describe('cli/stop-signal', () => {
  it('resolves with what asked, and leaves no listener behind', async () => {
    const before = process.listenerCount('SIGTERM');
    const stop = new AbortController();
    const asked = stopSignal(stop.signal);
    expect(process.listenerCount('SIGTERM')).to.equal(before + 1);
    stop.abort();
    expect(await asked).to.equal('SIGINT');
    expect(process.listenerCount('SIGTERM')).to.equal(before);
    const other = stopSignal(new AbortController().signal);
    process.emit('SIGTERM');
    expect(await other).to.equal('SIGTERM');
    expect(await stopSignal(AbortSignal.abort())).to.equal('SIGINT');
  });
});
