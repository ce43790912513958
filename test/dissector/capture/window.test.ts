import { expect } from 'chai';
import { ByteWindow } from '../../../dissector/capture/window.ts';

function fill(w: ByteWindow, bytes: string): void {
  w.reserve(bytes.length).write(bytes);
  w.end += bytes.length;
}

describe('byte window', () => {
  it('moves what is unread to the front when the end is reached, and keeps counting offsets', () => {
    const w = new ByteWindow(8);
    fill(w, 'abcdef');
    w.pos = 4;
    expect(w.offset).to.equal(4);
    const before = w.buf;
    fill(w, 'ghijk');
    expect(w.buf).to.equal(before);
    expect(w.buf.toString('latin1', w.pos, w.end)).to.equal('efghijk');
    expect(w.offset).to.equal(4);
    w.pos += 2;
    expect(w.offset).to.equal(6);
  });

  it('grows only when the unread bytes and the asked-for ones do not fit', () => {
    const w = new ByteWindow(8);
    fill(w, 'abcdef');
    fill(w, '0123456789');
    expect(w.buf.length).to.equal(16);
    expect(w.buf.toString('latin1', w.pos, w.end)).to.equal('abcdef0123456789');
    expect(w.view.getUint8(15)).to.equal('9'.charCodeAt(0));
  });
});
