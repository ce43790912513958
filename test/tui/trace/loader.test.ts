import { expect } from 'chai';
import { Inspection } from '../../../dissector/inspect.ts';
import { FileSource } from '../../../tui/sources/file-source.ts';
import { Loader } from '../../../tui/trace/loader.ts';
import { Trace } from '../../../tui/trace/trace.ts';
import { captureFile } from '../opened.ts';

describe('tui/trace/loader', () => {
  it('loads no further than it is told, and goes on from there', () => {
    const source = new FileSource(captureFile('nfs3-libnfs.pcap'), 'x');
    const trace = new Trace();
    const loader = new Loader(source, new Inspection({}), trace);
    expect(loader.pending).to.equal(true);
    // the time is up before it begins: one look at the clock is all
    loader.step(0);
    const first = trace.length;
    expect(first).to.be.lessThan(276);
    while (loader.pending) loader.step(performance.now() + 50);
    expect(trace.length).to.equal(276);
    expect(loader.name).to.equal('x');
    source.close();
    trace.close();
  });
});
