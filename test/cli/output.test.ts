import { closeSync, openSync } from 'node:fs';
import { expect } from 'chai';
import { CliError, ClosedPipe } from '../../cli/errors.ts';
import { FdOutput, MemoryOutput } from '../../cli/output.ts';

function failing(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('cli/output', () => {
  it('keeps the order of text and bytes, and holds short text back until flushed', () => {
    const written: string[] = [];
    const out = new FdOutput(1, {
      isTty: false,
      writeSync: (_fd, bytes, offset, length) => {
        written.push(Buffer.from(bytes.subarray(offset, offset + length)).toString());
        return length;
      },
    });
    out.write('a');
    out.write('→');
    expect(written).to.deep.equal([]);
    out.writeBytes(Buffer.from('b'));
    out.write('c');
    out.flush();
    out.flush();
    expect(written).to.deep.equal(['a→', 'b', 'c']);
    out.write('x'.repeat(100_000));
    expect(written.length).to.equal(4);
  });

  it('tells a terminal from files, devices and descriptors that are closed', () => {
    for (const path of ['/dev/null', import.meta.filename]) {
      const fd = openSync(path, 'r');
      expect(new FdOutput(fd).isTty, path).to.equal(false);
      closeSync(fd);
    }
    expect(new FdOutput(9_999).isTty).to.equal(false);
    expect(new FdOutput(1, { isTty: true }).isTty).to.equal(true);
  });

  it('goes on after a short write and waits for a full pipe', () => {
    let written = '';
    let full = 2;
    const out = new FdOutput(1, {
      isTty: false,
      writeSync: (_fd, bytes, offset, length) => {
        if (full-- > 0) throw failing('EAGAIN');
        const n = Math.min(3, length);
        written += Buffer.from(bytes.subarray(offset, offset + n)).toString();
        return n;
      },
    });
    out.write('0123456789');
    out.flush();
    expect(written).to.equal('0123456789');
  });

  it('throws ClosedPipe, again and again, once nobody reads', () => {
    let calls = 0;
    const out = new FdOutput(1, {
      isTty: false,
      writeSync: () => {
        calls++;
        throw failing('EPIPE');
      },
    });
    out.write('a');
    expect(() => out.flush()).to.throw(ClosedPipe);
    out.write('b');
    expect(() => out.flush()).to.throw(ClosedPipe);
    expect(calls).to.equal(1);
  });

  it('names the output that cannot be written to, again and again', () => {
    for (const [fd, name] of [
      [1, 'standard output'],
      [2, 'standard error'],
    ] as const) {
      const out = new FdOutput(fd, {
        isTty: false,
        writeSync: () => {
          throw failing('ENOSPC');
        },
      });
      for (let i = 0; i < 2; i++) {
        expect(() => out.writeBytes(Buffer.from('a'))).to.throw(CliError, `${name}: no space left on device`);
      }
    }
  });

  it('remembers in memory', () => {
    const out = new MemoryOutput();
    out.write('a');
    out.writeBytes(Uint8Array.of(98));
    expect(out.text).to.equal('ab');
    expect(out.isTty).to.equal(false);
  });
});
